import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rewrite } from '../../src/qemu/index.js';
import { VmlaneError } from '../../src/values/errors.js';
import { dataPath, MEMFD } from './fixtures.js';

const FILE = dataPath('odd-lines.txt');
const written = readFileSync(FILE, 'utf8').split('\n');
const OFF = /csum=off,gso=off,host_tso4=off.*guest_ufo=off$/;
const RAM = /^\+ -object memory-backend-memfd,id=pc.ram,size=134217728,share=on,[-\w]+=off$/;

/** Words as a shell would split them; only single quotes are known here. */
function words(line: string): string[] {
  const found = line.match(/'[^']*'|\S+/g) ?? [];
  return found.map((word) => (word.startsWith("'") ? word.slice(1, -1) : word));
}

/** What comes of the arguments, one thing a line. */
function outcome(argv: readonly string[]): string[] {
  try {
    const { edits, notes, untouched } = rewrite(argv, MEMFD);
    const changes = edits
      .filter((edit) => edit.kind !== 'keep')
      .map(({ kind, args }) => `${kind === 'add' ? '+' : '-'} ${args.join(' ')}`)
      .map((line) => line.replace(OFF, 'OFF').replace(RAM, '+ RAM'))
      .filter((line) => line !== '+ -machine memory-backend=pc.ram');
    const reason = untouched === undefined ? [] : [`= ${untouched}`];
    return [...reason, ...notes.map((note) => `~ ${note}`), ...changes];
  } catch (error) {
    // Anything else is a defect of ours.
    if (!(error instanceof VmlaneError)) throw error;
    return [`! ${error.message}`];
  }
}

test('bad and odd command lines', async () => {
  const lines = written.filter((line) => /^([$#]|$)/.test(line));
  const text = lines.flatMap((line) =>
    line.startsWith('$') ? [line, ...outcome(words(line.slice(2)))] : [line],
  );
  await expect(text.join('\n')).toMatchFileSnapshot(FILE);
});

test('there are enough of them, and no message is longer than one line', () => {
  expect(written.filter((line) => line.startsWith('$')).length).toBeGreaterThan(150);
  const refused = written.filter((line) => line.startsWith('!'));
  expect(refused.length).toBeGreaterThan(30);
  for (const line of refused) expect(line).toMatch(/^! [^;]+: [^;]+; [^;]+$/);
});
