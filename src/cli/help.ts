/** `vmlane help` and `vmlane help TOPIC`. */
import { InvalidInput } from '../values/errors.js';
import { nearest } from '../values/nearest.js';
import { index } from './commands/index.js';
import { WIDTH } from './parser.js';
import { laidOut } from './prose.js';
import { topics } from './topics/index.js';

/** What the words behind and with `help` ask for; undefined: for something else, such as a command or its help. @throws InvalidInput */
export async function helpOnTopic(words: readonly string[]): Promise<string | undefined> {
  const [, name, ...more] = words;
  if (more.length > 0 || name?.startsWith('-')) return undefined;
  if (name === undefined) return list();
  const topic = topics.find((one) => one.name === name);
  if (topic) {
    const head = `${topic.name}: ${topic.summary}`;
    return `${head}\n\n${laidOut(await topic.text(), WIDTH)}\n`;
  }
  const groups = index.map((group) => group.name);
  if (groups.includes(name)) return undefined;
  const near = nearest(name, [...topics.map((one) => one.name), ...groups]);
  throw new InvalidInput({
    thing: 'vmlane help',
    problem: `unknown topic "${name}"`,
    remedy: near ? `did you mean 'vmlane help ${near}'?` : "'vmlane help' lists topics",
  });
}

function list(): string {
  const width = Math.max(...topics.map(({ name }) => name.length));
  const lines = topics.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  const after = [
    "'vmlane help TOPIC' explains one, 'vmlane help GROUP COMMAND' is the help of a command,",
    "'vmlane --help' lists groups of commands.",
  ];
  return ['Topics:', ...lines, '', ...after, ''].join('\n');
}
