import { describe, expect, it } from 'vitest';
import { differences } from '../../src/switch/running.js';

const info = {
  lcores: [{ lcore: 0, cpu: 3, ports: 0 }],
  uplink: { name: 'net_tap0', promiscuous: true },
  vm2vm: 1,
  ...{ mergeable: true, tx_csum: true, tso: false, max_frame: 1522, max_ports: 1023 },
  settings: {
    ageing: 60,
    idle_sleep: 0,
    stats: 0,
    rx_retry: 1,
    rx_retry_num: 4,
    rx_retry_delay: 15,
  },
} as never;
const argv = [
  ...['vhost-switch', '-m', '128', '--vdev', 'net_tap0,iface=up0', '--state-file', '/a/s'],
  ...['--device', 'b=net_null1', '--device', 'a=net_null0'],
];
const running = { info, ports: [{ path: '/run/a.sock', listener: 'qemu' }] as never, argv };

describe('a switch that runs', () => {
  it('has what was asked for', () => {
    const asked = {
      ...{ cpus: [3], memoryMiB: 128, uplink: 'net_tap0,iface=up0', promiscuous: true },
      ...{ mergeable: true, txCsum: true, ageing: 60, idleSleep: 0, stateFile: '/a/s' },
      ...{ socketFiles: ['/run/a.sock'], client: true },
      devices: [
        { name: 'a', device: 'net_null0' },
        { name: 'b', device: 'net_null1' },
      ],
    };
    expect(differences(asked, running)).toEqual([]);
    expect(differences({}, running)).toEqual([]);
  });

  it('adds up the memory of NUMA nodes', () => {
    const argv = ['vhost-switch', '--socket-mem', '112,400', '--', '-m', '1'];
    const [one] = differences({ memoryMiB: 128 }, { ...running, argv });
    expect(one).toMatchObject({ option: '--memory', asked: '128', running: '512' });
    const same = differences({ memoryMiB: 512 }, { ...running, argv });
    expect(same.map(({ option }) => option)).not.toContain('--memory');
  });

  it.each([
    [{ cpus: [2, 3] }, '--cpus', '2,3', '3'],
    [{ cores: [2] }, '--cpus', '2', '3'],
    [{ memoryMiB: 512 }, '--memory', '512', '128'],
    [{ hugePages: false }, '--no-huge', 'on', 'off'],
    [{ uplink: 'net_tap0,iface=up1' }, '--uplink', 'net_tap0,iface=up1', 'net_tap0,iface=up0'],
    [
      { devices: [{ name: 'a', device: 'net_null0' }] },
      '--device',
      'a=net_null0',
      'a=net_null0,b=net_null1',
    ],
    [{ buffers: 9 }, '--buffers', '9', 'none or unknown'],
    [{ tso: true }, '--tso', 'on', 'off'],
    [{ vm2vm: 0 }, '--vm2vm', '0', '1'],
    [{ vlanStrip: false }, '--vlan-strip', 'off', 'on'],
    [{ group: 'net' }, '--group', 'net', 'none or unknown'],
    [{ stateFile: '/b/s' }, '--state-file', '/b/s', '/a/s'],
    [{ ageing: 300 }, '--ageing', '300', '60'],
    [{ idleSleep: 100 }, '--idle-sleep', '100', '0'],
    [{ stats: 5 }, '--stats', '5', '0'],
    [{ socketFiles: ['/b'] }, '--socket-file /b', 'switch', 'none or unknown'],
    [{ socketFiles: ['/run/a.sock'] }, '--socket-file /run/a.sock', 'switch', 'qemu'],
  ])('has something else than %j', (asked, option, wanted, is) => {
    const live = ['--ageing', '--idle-sleep', '--stats'].includes(option);
    expect(differences(asked, running)).toEqual([{ option, asked: wanted, running: is, live }]);
  });

  it('whose process cannot be seen does not pass for what was asked', () => {
    expect(differences({ memoryMiB: 128 }, { ...running, argv: undefined })).toHaveLength(1);
  });
});
