import { join } from 'node:path';
import { expect, it } from 'vitest';
import { planLaunch } from '../../src/switch/launch.js';
import { nodeOfCpu } from '../../src/switch/place.js';
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
    expect((await run('set', 'a', '--vlan', '5', '--mac', 'none')).err).toBe(
      'vmlane: port a changed\n',
    );
    expect((await run('set', 'a', '--vlan', '5')).err).toBe('vmlane: port a unchanged\n');
    const changed = JSON.parse((await run('set', 'a', '--address-limit', '9', '--json')).out);
    expect(changed).toMatchObject({ vlan: 5, mac: null, address_limit: 9, flood_limit: 7, tag: 5 });

    const shown = await run('show', 'a');
    expect(shown.out).toMatch(/^tag +5$/m);
    expect(shown.out).toMatch(/^flood_limit +7$/m);
    expect(shown.out).toMatch(/^captures +0$/m);
    const json = JSON.parse((await run('show', 'a', '--json')).out);
    const { changed: _, ...settings } = changed;
    expect(json).toEqual(settings);
    expect(JSON.parse((await run('ports', '--json')).out)).toEqual({ ports: [settings] });

    expect((await run('set', '--ageing', '60')).err).toBe(
      'vmlane: settings changed until the switch restarts\n',
    );
    expect((await run('set')).err).toBe('vmlane: nothing to change\n');
    const info = JSON.parse((await run('info', '--json')).out);
    expect(info).toMatchObject({ vm2vm: 1, max_ports: 1023, settings: { ageing: 60 } });
    const { cpu } = info.lcores[0];
    const node = nodeOfCpu(cpu, '/') ?? null;
    expect(info.lcores).toMatchObject([{ lcore: 0, node, ports: 1 }]);
    const row = new RegExp(
      `LCORE  +CPU  +NODE  +PORTS  +QUEUES\n +0 +${cpu} +${node ?? '-'} +1 +0\n`,
    );
    expect((await run('info')).out).toMatch(row);
  }));

it('switch change, as it was called, is switch set, and says so', () =>
  withRealSwitch(async ({ folder, socket }) => {
    const at = ['--control-socket', socket];
    await vmlane(['switch', 'add', 'a', '--path', join(folder, 'a.sock'), ...at]);
    expect(await vmlane(['switch', 'change', 'a', '--vlan', '5', ...at])).toEqual({
      status: 0,
      out: '',
      err: "vmlane: 'vmlane switch change' is now 'vmlane switch set' (since 0.1); the old name goes with the next version\nvmlane: port a changed\n",
    });
  }));

it('what the switch refuses is told in words of the command line, not of its protocol', () =>
  withRealSwitch(async ({ folder, socket }) => {
    const run = async (...words: string[]) => {
      const { status, out, err } = await vmlane(['switch', ...words, '--control-socket', socket]);
      expect([words, status, out]).toEqual([words, 2, '']);
      expect(err).toMatch(/^vmlane: [^\n]*\n$/);
      expect(err).not.toMatch(/\b(port|fdb|stats|switch|method)\.[a-z]+\b(?! has)|_/);
      return err;
    };
    await vmlane(['switch', 'add', 'web1.0', '--path', `${folder}/a`, '--control-socket', socket]);
    const near = 'vmlane: port web1.1: the switch has no such port; did you mean web1.0?\n';
    expect(await run('set', 'web1.1', '--vlan', '5')).toBe(near);
    expect(await run('capture', 'web1.1', '-w', `${folder}/none`)).toContain("filter 'web1.1': ");
    expect(await run('remove', 'web1.1')).toBe(near);
    expect(await run('show', 'web1.1')).toBe(near);
    expect(await run('stats', '--port', 'web1.1')).toBe(near);
    expect(await run('fdb', '--port', 'web1.1')).toBe(near);
    expect(await run('set', 'web1.0', '--lcore', '9')).toContain('--lcore: 9 is not possible');
    expect(await run('set', 'web1.0', '--mac', 'x')).toContain('--mac: "x" is not possible');
  }));

it.each([
  ['0000:3b:00.0', ['-a', '0000:3b:00.0']],
  ['3b:00.0', ['-a', '0000:3b:00.0']],
  ['net_tap0,iface=up0', ['--no-pci', '--vdev', 'net_tap0,iface=up0']],
  [
    'net_bonding0,mode=1,member=0000:3b:00.0,slave=3b:00.1',
    [
      ...['-a', '0000:3b:00.0', '-a', '0000:3b:00.1'],
      ...['--vdev', 'net_bonding0,mode=1,member=0000:3b:00.0,slave=3b:00.1'],
    ],
  ],
])('uplink %s', async (uplink, expected) => {
  const { args } = await planLaunch({ binary: process.execPath, uplink, promiscuous: true });
  expect(args.join(' ')).toContain(expected.join(' '));
  expect(args.slice(args.indexOf('--')).join(' ')).toContain('-p 1 -P');
  expect(args[args.indexOf('-m') + 1]).toBe('512');
});

it.each(['3b:0.0', 'eth0;reboot', '--help', 'net_tap0 iface=x'])(
  'uplink %s is refused',
  async (uplink) => {
    await expect(planLaunch({ binary: process.execPath, uplink })).rejects.toThrow(
      `uplink ${uplink}: neither a PCI address nor a DPDK device; give`,
    );
  },
);

it('an interface of Linux as uplink is refused with what works', async () => {
  await expect(planLaunch({ binary: process.execPath, uplink: 'eth0' })).rejects.toThrow(
    /eth0: is named like an interface of Linux.*switch add NAME --nic eth0.*vfio-pci.*net_af_xdp0,iface=eth0/,
  );
});

it('the frames that an uplink may hold are passed on', async () => {
  const uplink = 'net_af_xdp0,iface=eth0';
  const { args } = await planLaunch({ binary: process.execPath, uplink, buffers: 8192 });
  expect(args.join(' ')).toContain('--total-num-mbufs 8192');
});
