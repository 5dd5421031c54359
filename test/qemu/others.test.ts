/** What Proxmox, Incus, quickemu, Lima, Nova and KubeVirt run; test/data/qemu/README.md says where it is from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rewrite } from '../../src/qemu/index.js';
import { fakeListener } from './fake-backend.js';
import { cases, readCase } from './fixtures.js';
import { dialled } from './here.js';
import { localize } from './localize.js';
import { Qemu } from './monitor.js';

/** Guests without a NIC for the switch; all others move one, or are refused (golden.test.ts). */
const STAY = ['incus', 'incus-raw-qemu', 'lima', 'proxmox-no-bridge', 'quickemu-user'];

test('each has cases, and none leaves a guest alone by accident', () => {
  const recorded = cases.filter((name) =>
    /^(proxmox|incus|quickemu|lima|nova|kubevirt)/.test(name),
  );
  expect(new Set(recorded.map((name) => name.split('-')[0])).size).toBe(6);
  const stay = recorded.filter((name) => {
    const { argv, policy, host } = readCase(name);
    try {
      const { untouched, ports } = rewrite(argv, policy, host);
      return untouched !== undefined || ports.length === 0;
    } catch {
      return false;
    }
  });
  expect(stay).toEqual(STAY);
});

test("Incus's own configuration shares the memory with a vhost-user NIC of raw.qemu", async () => {
  const dir = mkdtempSync(join(tmpdir(), 'vmlane-incus-'));
  const { argv, host } = readCase('incus-raw-qemu');
  const [path = '', text = ''] = [...(host.configs ?? [])][0] ?? [];
  const here = text
    .replace('accel = "kvm"\n', '')
    .replace(/\[chardev "monitor"\][^[]*\[mon\][^[]*/, '');
  const socket = join(dir, '0.sock');
  const config = join(dir, 'qemu.conf');
  writeFileSync(config, here);
  const words = argv.map((word) =>
    word.replace(path, config).replace('/run/vmlane/guests/web/0.sock', socket),
  );
  const listener = await fakeListener(socket);
  const qemu = new Qemu(localize(words, dir));
  try {
    await qemu.ready();
    expect(await qemu.ask('query-memdev')).toMatchObject([{ id: 'mem0', share: true }]);
    expect(await qemu.ask('query-chardev')).toContainEqual({
      label: 'fast',
      'frontend-open': true,
      filename: dialled(socket),
    });
    expect(await qemu.tell('info network')).toContain('type=vhost-user');
  } finally {
    await qemu.end();
    listener.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
