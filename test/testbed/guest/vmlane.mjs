/** For scripts in JavaScript: vmlane as built, in this process, since Node takes seconds to start here. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { patience } from '../../../dist/lab/slow.js';
import { bundleIn } from '../../../dist/src/cli/bundle.js';

const { run } = bundleIn(join(import.meta.dirname, '../../../dist/bin')).load('main.js');

export const say = (text) => process.stdout.write(`${text}\n`);

/** Runs vmlane; what it says goes into the record, its data are returned. */
export async function vmlane(...words) {
  const { status, out, err } = await quietly(...words);
  const lines = err.trim().replaceAll('vmlane: ', '').replaceAll('\n', ' | ');
  // Numbers of processes differ from run to run.
  const said = lines.replace(/\b(process|kill|pid) \d+/g, '$1 N');
  say(`${words.join(' ')}: ${status}${said && `: ${said}`}`);
  return out;
}

/** The same, and nothing goes into the record. */
export async function quietly(...words) {
  const said = { out: '', err: '' };
  const status = await run(words, {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    stdin: async () => Buffer.from(''),
    env: process.env,
    color: false,
    interrupted: () => new AbortController().signal,
    held: (act) => act(new AbortController().signal),
  });
  return { status, ...said };
}

/** A program that must succeed. */
export function system(...words) {
  const { status, stderr } = spawnSync(words[0], words.slice(1), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${status}: ${stderr}`);
}

/** Waits for something to become so. */
export async function until(what, isSo) {
  for (const end = Date.now() + patience(180_000); !(await isSo()); await sleep(50)) {
    if (Date.now() > end) throw new Error(`${what} does not come`);
  }
}
