/** The VF token: when a switch has one, the file that it is in, and who is told of it. */
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planLaunch } from '../../src/switch/index.js';
import { makeToken, readToken, readTokens } from '../../src/switch/vf-token.js';
import { tokenPf } from '../../src/system/devices/vfs.js';
import { inTree } from '../sriov/tree.js';
import { inFolder } from './folder.js';

const TOKEN = '14d63f20-8445-11ea-8900-1f9ce7d5650d';
const card = (driver: string) => `sys/bus/pci/devices/0000:08:00.0/
  vendor = 0x8086
  device = 0x10fb
  class = 0x020000
  driver -> ../../drivers/${driver}
  sriov_totalvfs = 63
  sriov_numvfs = 1
  virtfn0 -> ../0000:08:10.0
sys/bus/pci/devices/0000:08:10.0/
  vendor = 0x8086
  device = 0x10ed
  class = 0x020000
  physfn -> ../0000:08:00.0
  driver -> ../../drivers/vfio-pci`;

describe('which devices have one', () => {
  it.each([
    ['vfio-pci', '0000:08:00.0'],
    ['ixgbe', undefined],
  ])('a PF with %s and its VF', (driver, pf) =>
    inTree(
      '',
      async (root) => {
        expect([tokenPf('0000:08:00.0', root), tokenPf('0000:08:10.0', root)]).toEqual([pf, pf]);
        expect(tokenPf('0000:09:00.0', root)).toBeUndefined();
      },
      card(driver),
    ),
  );

  it('a PF that has no VFs needs none', () =>
    inTree(
      '',
      async (root) => expect(tokenPf('0000:08:00.0', root)).toBeUndefined(),
      card('vfio-pci')
        .replace('sriov_numvfs = 1', 'sriov_numvfs = 0')
        .replace(/ {2}virtfn0.*\n/, ''),
    ));

  it.each([
    [{ devices: [{ name: 'up0', device: '08:00.0' }] }, '/run/x/switch/vf-token'],
    [{ devices: [{ name: 'vf0', device: '0000:08:10.0' }] }, '/run/x/switch/vf-token'],
    [{ uplink: '0000:08:00.0' }, '/run/x/switch/vf-token'],
    [{ uplink: '0000:08:00.0', vfTokenFile: '/etc/token' }, '/etc/token'],
    [{ devices: [{ name: 'n0', device: 'net_null0' }] }, undefined],
    [{}, undefined],
  ])('of a switch with %j', (options, file) =>
    inTree(
      '',
      async (root) => {
        const binary = '/bin/true';
        const all = { ...options, binary, controlSocket: '/run/x/switch.sock', cpus: [0] };
        const { args } = await planLaunch(all, {}, root, 1000);
        const at = args.indexOf('--vf-token-file');
        expect(at < 0 ? undefined : args[at + 1]).toBe(file);
      },
      `${card('vfio-pci')}\nproc/self/status = Cpus_allowed_list:\t0`,
    ),
  );
});

describe('the file', () => {
  it('is made once, for its owner alone, with a random UUID', () =>
    inFolder(async (folder) => {
      const [one, two] = [join(folder, 'one'), join(folder, 'two')];
      await makeToken(one);
      await makeToken(two);
      const text = readFileSync(one, 'utf8');
      expect(text).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/,
      );
      expect(text).not.toBe(readFileSync(two, 'utf8'));
      expect(statSync(one).mode & 0o7777).toBe(0o600);
      await makeToken(one);
      expect(readFileSync(one, 'utf8')).toBe(text);
      expect(await readToken(one)).toBe(text.trim());
      expect(await readToken(join(folder, 'none'))).toBeUndefined();
    }));

  it.each([
    ['mode 640', (path: string) => chmodSync(path, 0o640), 'others may read this VF token'],
    ['mode 604', (path: string) => chmodSync(path, 0o604), 'others may read this VF token'],
    ['no UUID', (path: string) => writeFileSync(path, 'secret-but-short'), 'it has no UUID'],
    ['nothing', (path: string) => writeFileSync(path, ''), 'it has no UUID'],
  ])('with %s it is refused, and stays', (_, spoil, why) =>
    inFolder(async (folder) => {
      const path = join(folder, 'token');
      writeFileSync(path, `${TOKEN}\n`, { mode: 0o600 });
      spoil(path);
      const error = await makeToken(path).catch((failed: Error) => failed);
      expect(error).toMatchObject({ message: expect.stringContaining(`${path}: ${why}`) });
      expect(String(error)).not.toMatch(/secret|14d63f20/);
    }),
  );

  it('is no link and no folder', () =>
    inFolder(async (folder) => {
      const [path, link] = [join(folder, 'token'), join(folder, 'link')];
      writeFileSync(path, `${TOKEN}\n`, { mode: 0o600 });
      symlinkSync(path, link);
      await expect(readToken(link)).rejects.toThrow('the VF token cannot be read (ELOOP)');
      mkdirSync(join(folder, 'folder'), { mode: 0o700 });
      await expect(readToken(join(folder, 'folder'))).rejects.toThrow('this VF token');
    }));
});

describe("for QEMU's arguments", () => {
  const argv = ['-device', '{"driver":"vfio-pci","host":"0000:08:10.0"}'];

  it('names the file, and has the token for who may read it', () =>
    inTree(
      '',
      async (root) => {
        const socket = join(root, 'switch.sock');
        const file = join(root, 'switch/vf-token');
        const pf = '0000:08:00.0';
        const none = await readTokens(argv, new Map(), socket, { root });
        expect([...(none.tokens ?? [])]).toEqual([['0000:08:10.0', { pf, file }]]);
        mkdirSync(join(root, 'switch'));
        writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 });
        const read = await readTokens(argv, new Map(), socket, { root });
        expect([...(read.tokens ?? [])]).toEqual([['0000:08:10.0', { pf, file, token: TOKEN }]]);
        const shown = await readTokens(argv, new Map(), socket, { root, shown: 'UUID' });
        expect(shown.tokens?.get('0000:08:10.0')?.token).toBe('UUID');
      },
      card('vfio-pci'),
    ));

  it('looks at no card for a guest without vfio, and finds VFs in files of -readconfig', () =>
    inTree(
      '',
      async (root) => {
        expect(await readTokens(['-m', '1G'], new Map(), '/s.sock', { root })).toEqual({});
        const config = '[device "a"]\n driver = "vfio-pci"\n host = "08:10.0"\n';
        const read = await readTokens([], new Map([['/c', config]]), '/s.sock', { root });
        expect([...(read.tokens?.keys() ?? [])]).toEqual(['0000:08:10.0']);
      },
      card('vfio-pci'),
    ));
});
