/**
 * npm run testbed -- [OPTION…] SCRIPT [ARGUMENT…]: runs a script in the testbed's guest and returns
 * its exit code. What it says comes out as it comes; progress goes to stderr.
 */
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { Failed, InvalidInput, VmlaneError } from '../../src/values/errors.js';
import { missingParts } from './parts.js';
import { runInTestbed } from './testbed.js';

const usage =
  'npm run testbed -- [--huge-pages N] [--memory MIB] [--cpus N] [--seconds N] [--pcap FILE] [--verbose] SCRIPT [ARGUMENT…]';

async function main(words: string[]): Promise<number> {
  const own = ownWords(words);
  const { values } = parse(own);
  const [script, ...args] = words.slice(own.length);
  if (script === undefined) throw wrong('no script given');
  const missing = await missingParts();
  if (missing !== undefined) {
    throw new Failed({ thing: 'testbed', problem: missing, remedy: 'see setup/testbed-parts' });
  }
  const interrupted = new AbortController();
  let exitCode = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      exitCode = 128 + constants.signals[signal];
      interrupted.abort();
    });
  }
  const start = Date.now();
  const result = await runInTestbed({
    script,
    args,
    hugePages: number('huge-pages', values['huge-pages']),
    ...(values.memory && { memory: number('memory', values.memory) }),
    ...(values.cpus && { cpus: number('cpus', values.cpus) }),
    ...(values.pcap && { pcap: values.pcap }),
    timeoutMs: number('seconds', values.seconds) * 1000,
    say: (line) => process.stdout.write(`${line}\n`),
    signal: interrupted.signal,
  }).catch((error) => {
    if (exitCode === 0) throw error;
    return undefined;
  });
  if (result === undefined) return exitCode;
  for (const who of result.crashed) process.stderr.write(`testbed: crashed: ${who}\n`);
  if (values.verbose || result.crashed.length > 0) process.stderr.write(`${result.console}\n`);
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  process.stderr.write(`testbed: status ${result.status} after ${seconds} s\n`);
  return result.status === 0 && result.crashed.length > 0 ? 1 : result.status;
}

/** Options end at the first word that is none: what follows belongs to the script. */
function ownWords(words: string[]): string[] {
  let count = 0;
  while (words[count]?.startsWith('--')) {
    count += words[count]?.includes('=') || words[count] === '--verbose' ? 1 : 2;
  }
  return words.slice(0, count);
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const options = {
    'huge-pages': { ...text, default: '0' },
    memory: text,
    cpus: text,
    seconds: { ...text, default: '120' },
    pcap: text,
    verbose: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args, options });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function number(option: string, value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw wrong(`--${option}: '${value}' is not a number`);
  return Number(value);
}

function wrong(problem: string): InvalidInput {
  return new InvalidInput({ thing: 'testbed', problem, remedy: `write: ${usage}` });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof VmlaneError)) throw error;
  process.stderr.write(`testbed: ${error.message}\n`);
  if (error.cause instanceof Error) process.stderr.write(`${error.cause.message}\n`);
  process.exitCode = error.exitCode;
}
