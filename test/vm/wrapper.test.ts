import { readFile, readlink } from 'node:fs/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { tellAllOnFailure, useLab } from './use-lab.js';

const running = useLab();

async function tapOfB(): Promise<string> {
  const { stdout } = await execa('virsh', ['--quiet', 'domiflist', 'b']);
  return stdout.trim().split(/\s+/)[0] ?? '';
}

/** Whether the world has such a network device; any other trouble of ip is an error. */
async function linkExists(name: string): Promise<boolean> {
  const { exitCode, stderr } = await execa('ip', ['link', 'show', name], { reject: false });
  if (exitCode !== 0) expect(stderr).toContain('does not exist');
  return exitCode === 0;
}

test('the process that libvirt knows is QEMU itself', async () => {
  tellAllOnFailure();
  const pid = await running.lab.qemuPid('b');
  expect(await readlink(`/proc/${pid}/exe`)).toMatch(/\/qemu-system-x86_64$/);
  const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  expect(command.join(' ')).toContain('vhost-user');
  expect(command.join(' ')).not.toContain('"type":"tap"');
});

test('the tap that the guest no longer uses exists while it runs, and its counters can be read', async () => {
  tellAllOnFailure();
  const tap = await tapOfB();
  expect(await linkExists(tap)).toBe(true);
  const { stdout } = await execa('virsh', ['domifstat', 'b', tap]);
  expect(stdout).toContain('rx_bytes');
});

test('destroy ends QEMU and takes the tap away', async () => {
  tellAllOnFailure();
  const pid = await running.lab.qemuPid('b');
  const tap = await tapOfB();
  await running.lab.destroy('b');
  await expect(readFile(`/proc/${pid}/stat`)).rejects.toThrow('ENOENT');
  expect(await linkExists(tap)).toBe(false);
});
