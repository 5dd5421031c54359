import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { planLaunch } from '../../src/switch/launch.js';
import { withRealSwitch } from '../switch/real-switch.js';
import { vmlane } from './test-io.js';

it('settings of a port and of the switch are changed and shown, against the real switch', () =>
  withRealSwitch(async ({ folder, socket }) => {
    const run = async (...words: string[]) => {
      const result = await vmlane(['switch', ...words, '--control-socket', socket]);
      expect([words, result.status]).toEqual([words, 0]);
      return result;
    };
    const path = join(folder, 'a.sock');
    await run('add', 'a', '--path', path, '--mac', '52:54:00:00:00:0a', '--flood-limit', '7');
    expect((await run('change', 'a', '--vlan', '5', '--mac', 'none')).err).toBe(
      'vmlane: port a changed\n',
    );
    expect((await run('change', 'a', '--vlan', '5')).err).toBe('vmlane: port a is so already\n');
    const changed = JSON.parse((await run('change', 'a', '--address-limit', '9', '--json')).out);
    expect(changed).toMatchObject({ vlan: 5, mac: null, address_limit: 9, flood_limit: 7, tag: 5 });

    const file = join(folder, 'a.pcap');
    expect((await run('mirror', 'a', '--file', file)).err).toContain(`is mirrored to ${file}`);
    expect((await run('mirror', 'a')).err).toBe('vmlane: port a is not mirrored\n');
    expect((await readFile(file)).length).toBe(24);

    expect((await run('set', '--ageing', '60')).err).toBe('vmlane: settings changed\n');
    expect((await run('set')).err).toBe('vmlane: nothing to change\n');
    const info = JSON.parse((await run('info', '--json')).out);
    expect(info).toMatchObject({ vm2vm: 1, max_ports: 1023, settings: { ageing: 60 } });
    expect(info.lcores).toMatchObject([{ lcore: 0, ports: 1 }]);
    expect((await run('info')).out).toContain('LCORE  CPU  PORTS');
  }));

it('an address of nobody is refused in one line', () =>
  withRealSwitch(async ({ socket }) => {
    const words = ['switch', 'change', 'nobody', '--vlan', '5', '--control-socket', socket];
    const { status, err } = await vmlane(words);
    expect(status).toBe(2);
    expect(err).toMatch(/^vmlane: [^\n]*"nobody" is not possible[^\n]*\n$/);
  }));

it.each([
  ['0000:3b:00.0', ['-a', '0000:3b:00.0']],
  ['net_tap0,iface=up0', ['--no-pci', '--vdev', 'net_tap0,iface=up0']],
])('uplink %s', async (uplink, expected) => {
  const { args } = await planLaunch({ binary: process.execPath, uplink, promiscuous: true });
  expect(args.join(' ')).toContain(expected.join(' '));
  expect(args.slice(args.indexOf('--')).join(' ')).toContain('-p 1 -P');
  expect(args[args.indexOf('-m') + 1]).toBe('512');
});

it.each(['3b:00.0', 'eth0;reboot', '--help', 'net_tap0 iface=x'])(
  'uplink %s is refused',
  async (uplink) => {
    await expect(planLaunch({ binary: process.execPath, uplink })).rejects.toThrow(
      `uplink ${uplink}: neither a PCI address nor a DPDK device; give`,
    );
  },
);
