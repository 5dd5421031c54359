import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reasonOf, virsh } from '../../src/libvirt/virsh.js';

// What virsh wrote; what is the reason.
test.each([
  [
    'error: Failed to attach device from /a\nerror: internal error: No room\n\n',
    'internal error: No room',
  ],
  [
    "error: Failed to attach device from /a\nerror: Failed to open file '/b': No such file or directory\n",
    "Failed to open file '/b': No such file or directory",
  ],
  ['error: Failed to undefine domain x\n', 'Failed to undefine domain x'],
  ["error: failed to get domain 'x'\nerror: no such\n", "failed to get domain 'x' no such"],
  ['', ''],
])('%j', (stderr, reason) => expect(reasonOf(stderr)).toBe(reason));

test('the reason is told though it begins as the headline does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmlane-virsh-'));
  try {
    const file = join(folder, 'device.xml');
    writeFileSync(file, '<disk/>');
    const words = (path: string) => ['attach-device', '--domain', 'test', '--file', path];
    await expect(virsh('test:///default', words(join(folder, 'none')))).rejects.toThrow(
      /Failed to open file '.*none': No such file or directory/,
    );
    await expect(virsh('test:///default', words(file))).rejects.toThrow(/^(?!Failed to attach)./);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
