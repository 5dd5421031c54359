import { describe, expect, test } from 'vitest';
import { type Rewrite, renderEdits, rewrite } from '../../src/qemu/index.js';
import { VmlaneError } from '../../src/values/errors.js';
import { captures, cases, dataPath, MEMFD, readArgs, readCase } from './fixtures.js';

/** What a case came to: the words one a line after comment lines, or the message. */
function outcome(name: string): { extension: 'expected' | 'err'; text: string } {
  let result: Rewrite;
  try {
    const { argv, policy, host } = readCase(name);
    result = rewrite(argv, policy, host);
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    return { extension: 'err', text: `${error.message}\n` };
  }
  const comments = [
    ...(result.untouched ? [`# untouched: ${result.untouched}`] : []),
    ...result.ports.map((port) => `# port ${port.name} ${port.listener} ${port.path}`),
    ...result.steps.map((step) => `# ${Object.values(step).join(' ')}`),
    ...result.notes.map((note) => `# note: ${note}`),
  ];
  return { extension: 'expected', text: `${[...comments, ...result.argv].join('\n')}\n` };
}

describe('golden cases', () => {
  test.each(cases)('%s', async (name) => {
    const { extension, text } = outcome(name);
    await expect(text).toMatchFileSnapshot(dataPath(`${name}.${extension}`));
  });

  test('include what libvirt 9 and 11 were recorded to run', () => {
    expect(captures).toHaveLength(18);
  });

  test.each(['lv11-real-kvm-vhost', 'mem-path'])('%s, explained', async (name) => {
    const { edits } = rewrite(readArgs(name), MEMFD);
    await expect(renderEdits(edits, { color: false })).toMatchFileSnapshot(
      dataPath(`${name}.explain`),
    );
  });
});
