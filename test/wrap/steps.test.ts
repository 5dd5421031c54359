import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkSteps } from '../../src/wrap/steps.js';
import { emulated, type RunOptions, wrap } from './wrapper.js';

/** Back ends for which the process has to do something before it becomes QEMU, with stand-ins. */
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-steps-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const nic = (number: number, tap: string) => [
  ...['-netdev', `tap,${tap},id=n${number}`],
  ...['-device', `virtio-net-pci,netdev=n${number}`],
];

async function refused(line: string, argv: string[], options: RunOptions) {
  const run = await wrap(dir, argv, options);
  expect(run).toMatchObject({ status: 1, stdout: '', stderr: `qemu-wrap: ${line}\n` });
  expect(() => emulated(dir)).toThrow();
}

describe('vhostfd', () => {
  const env = (device: string) => ({ VMLANE_BACKEND: 'vhostfd', VMLANE_DEVICE: device });

  test('the emulator has the device open, once for every queue pair', async () => {
    const argument = [
      '-name',
      'null',
      ...nic(0, 'fd=27,vhost=on,vhostfd=28'),
      ...nic(1, 'fds=33:34'),
    ];
    const run = await wrap(dir, argument, { env: env('/dev/{guest}') });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const { argv, fds } = emulated(dir);
    expect(argv).toContain('tap,fd=27,id=n0,vhost=on,vhostfd=100');
    expect(argv).toContain('tap,fds=33:34,id=n1,vhost=on,vhostfds=101:102');
    for (const fd of [100, 101, 102]) expect(fds.get(fd)).toBe('/dev/null');
  });

  test('descriptors that are taken are left alone', async () => {
    const taken = await open(join(dir, 'taken'), 'w+');
    const fds = { 100: taken.fd, 102: taken.fd };
    await wrap(dir, ['-name', 'a', ...nic(0, 'fds=33:34')], { env: env('/dev/null'), fds });
    await taken.close();
    const found = emulated(dir);
    expect(found.argv).toContain('tap,fds=33:34,id=n0,vhost=on,vhostfds=101:103');
    expect([100, 101, 102, 103].map((fd) => found.fds.get(fd))).toEqual([
      join(dir, 'taken'),
      '/dev/null',
      join(dir, 'taken'),
      '/dev/null',
    ]);
  });

  test('a device that is not there, and a file that is none, are refused', async () => {
    const path = join(dir, 'usvhost-0');
    const remedy = 'see whether what provides it runs, and whether the settings name it right';
    const given = { env: env(join(dir, 'usvhost-{index}')) };
    const line = `${path}: uid ${process.getuid?.()} cannot use it (ENOENT); ${remedy}`;
    await refused(line, nic(0, 'fd=27'), given);
    writeFileSync(path, '');
    await refused(`${path}: this is not a character device; ${remedy}`, nic(0, 'fd=27'), given);
  });
});

describe('tap-fd', () => {
  const env = () => ({
    VMLANE_BACKEND: 'tap-fd',
    VMLANE_VHOST: 'false',
    VMLANE_FD_FILE: join(dir, '{netdev}.sock_fd'),
    VMLANE_ENABLE_FILE: join(dir, '{netdev}.sock_en'),
  });

  test('the emulator has the descriptor that the file tells', async () => {
    const tap = await open(join(dir, 'tap'), 'w+');
    writeFileSync(join(dir, 'n0.sock_fd'), '27\n');
    writeFileSync(join(dir, 'n0.sock_en'), '0\n');
    const run = await wrap(dir, nic(0, 'ifname=vEth0'), { env: env(), fds: { 27: tap.fd } });
    await tap.close();
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(dir, 'n0.sock_en'), 'utf8')).toBe('1');
    const { argv, fds } = emulated(dir);
    expect(argv).toContain('tap,id=n0,fd=100,vhost=off');
    expect([fds.get(100), fds.get(27)]).toEqual([join(dir, 'tap'), join(dir, 'tap')]);
  });

  test.each([
    ['-1\n', "it holds '-1', which is no descriptor"],
    ['', "it holds '', which is no descriptor"],
    ['27; touch x\n', "it holds '27; touch x', which is no descriptor"],
    ['77\n', 'descriptor 77, which it holds, is not open here'],
  ])('a file that says %j is refused', async (text, problem) => {
    writeFileSync(join(dir, 'n0.sock_fd'), text);
    writeFileSync(join(dir, 'n0.sock_en'), '');
    const line = `${join(dir, 'n0.sock_fd')}: ${problem}; see whether what provides it runs`;
    await refused(line, nic(0, 'ifname=vEth0'), { env: env() });
  });

  test('without /dev/vhost-net it is refused where vhost-net is to drive the tap', () => {
    const steps = [{ do: 'adopt', path: join(dir, 'fd'), fd: 100 } as const];
    const backend = { kind: 'tap-fd', fdFile: '/f', vhost: true } as const;
    expect(() => checkSteps(steps, backend, dir)).toThrow(
      `${dir}/dev/vhost-net: uid ${process.getuid?.()} cannot use it (ENOENT); load the module`,
    );
    expect(() => checkSteps(steps, { ...backend, vhost: false }, dir)).not.toThrow();
  });
});
