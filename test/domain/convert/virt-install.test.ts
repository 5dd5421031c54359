/** `virt-install --print-xml | vmlane domain convert - | virsh define`, with the real programs. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { vmlane } from '../../cli/test-io.js';

const PROGRAM = '/usr/bin/virt-install';
const WORDS = [
  ...['--connect', 'test:///default', '--name', 'piped', '--memory', '64', '--disk', 'none'],
  ...['--osinfo', 'detect=off,require=off', '--network', 'network=default,model=virtio'],
];

// What it prints for a dozen systems is recorded in test/data/convert, and tested there anyway.
describe.skipIf(!existsSync(PROGRAM))(`with ${PROGRAM}, of Debian's package virtinst`, () => {
  test('what it prints for a guest that is there is converted, and libvirt takes it', async () => {
    const { stdout } = await execa(PROGRAM, [...WORDS, '--import', '--print-xml']);
    const { status, out, err } = await vmlane(['domain', 'convert', '-'], { input: stdout });
    expect([status, err]).toEqual([0, expect.stringContaining('from network to /run/vmlane/')]);
    // A pipe, as in a shell: the socket that execa would give cannot be opened by its name.
    const define = 'cat | virsh -c test:///default define /dev/stdin';
    const defined = await execa('bash', ['-c', define], { input: out });
    expect(defined.stdout).toContain("'piped' defined");
  });

  test('of install media, which it prints two documents for, one is asked for', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vmlane-iso-'));
    try {
      const iso = join(folder, 'a.iso');
      await writeFile(iso, 'none');
      const words = [...WORDS, '--cdrom', iso, '--print-xml'];
      const both = await execa(PROGRAM, words);
      const refused = await vmlane(['domain', 'convert', '-'], { input: both.stdout });
      expect([refused.status, refused.err]).toEqual([2, expect.stringContaining('--print-xml 2')]);
      const second = await execa(PROGRAM, [...words, '2']);
      const { status } = await vmlane(['domain', 'convert', '-'], { input: second.stdout });
      expect(status).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
