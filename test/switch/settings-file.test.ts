import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import {
  changeSwitchSettings,
  DEFAULT_CONTROL_SOCKET,
  launchOptions,
  readSwitchSettings,
  SWITCH_SETTINGS_FILE,
  settingsFileOf,
} from '../../src/switch/index.js';
import { START_NAMES } from '../../src/switch/start-options.js';
import { inFolder } from './folder.js';
import { ANOTHER_USER } from './real-switch.js';

/** A host whose settings file has this text. */
function onHost<T>(text: string | undefined, use: (root: string, place: string) => T) {
  return inFolder(async (root) => {
    mkdirSync(join(root, 'etc/vmlane'), { recursive: true });
    const place = join(root, SWITCH_SETTINGS_FILE);
    if (text !== undefined) writeFileSync(place, text, { mode: 0o644 });
    return use(root, place);
  });
}

const all = `
cpus: [2, 3-4]
memory: 512
uplink: 0000:3b:00.0
device: {up0: net_null0, b.1: "net_tap0,iface=x"}
relay: {3: "0000:01:10.0", web: {device: net_null1, path: /srv/w.sock, listener: qemu, cpus: [2, 3], trunks: [102, 7, 100-101], link: disable}, later: {device: net_null2, path: none, trunks: 7}, any: {device: net_null3, trunks: all, link: auto}}
buffers: 9
promiscuous: true
vm2vm: 0
vlan-strip: 0
mergeable: false
tx-csum: true
tso: true
no-huge: true
look-group: adm
change-group: [netops, 1000]
admin-group: [wheel]
socket-file: /run/a.sock
client: true
ageing: 60
idle-sleep: 100
state-file: /var/a.json
user: root
group: net
folder: [/srv/a, /srv/b]
`;

test('a file with every kind of value says what planLaunch takes', () =>
  onHost(all, (root) => {
    const { settings } = readSwitchSettings(undefined, root);
    expect(launchOptions(settings)).toMatchObject({
      ...{ cpus: [2, 3, 4], memoryMiB: 512, uplink: '0000:3b:00.0', buffers: 9, vm2vm: 0 },
      devices: [
        { name: 'up0', device: 'net_null0' },
        { name: 'b.1', device: 'net_tap0,iface=x' },
      ],
      relays: [
        {
          ...{ name: '3', device: '0000:01:10.0', path: '/run/vmlane/guests/3/0.sock' },
          listener: 'switch',
        },
        {
          ...{ name: 'web', device: 'net_null1', path: '/srv/w.sock', listener: 'qemu' },
          ...{ cpus: [2, 3], trunks: '7,100-102', link: 'disable' },
        },
        { name: 'later', device: 'net_null2', path: null, listener: 'switch', trunks: '7' },
        {
          ...{ name: 'any', device: 'net_null3', path: '/run/vmlane/guests/any/0.sock' },
          ...{ listener: 'switch', link: 'auto' },
        },
      ],
      ...{ promiscuous: true, vlanStrip: false, mergeable: false, txCsum: true, tso: true },
      ...{ hugePages: false, lookGroups: ['adm'], changeGroups: ['netops', '1000'] },
      ...{ adminGroups: ['wheel'], socketFiles: ['/run/a.sock'], client: true, ageing: 60 },
      ...{ idleSleep: 100, stateFile: '/var/a.json', user: 'root', group: 'net' },
      folders: ['/srv/a', '/srv/b'],
    });
  }));

test('nothing, and comments alone, are settings', () =>
  onHost('# none yet\n', (root) => {
    expect(readSwitchSettings(undefined, root).settings).toEqual({});
    expect(readSwitchSettings('/etc/vmlane/other.yaml', root)).toMatchObject({ settings: {} });
  }));

const BAD: [text: string, message: string][] = [
  ['a\n', ': is no mapping of names to values; write lines such as'],
  ['- cpus: 2\n', ': is no mapping of names to values; write lines such as'],
  ['cpus: 2\ncpus: 3\n', ': line 2: the key is there twice; remove one'],
  ['cpus: [2\n', ': line 2: '],
  ['cpus: 2\n---\ncpus: 3\n', ': line 2: holds several documents; leave one: a switch has one'],
  ['cpus: *a\n', 'Unresolved alias'],
  ['\n\ncpsu: 2\n', ': line 3: cpsu: there is no such setting; did you mean "cpus"?'],
  ['control-socket: /a\n', ': line 1: control-socket: there is no such setting; '],
  ['foreground: true\n', ': line 1: foreground: there is no such setting; '],
  ['__proto__: true\n', ': line 1: __proto__: there is no such setting; '],
  ['cpus:\n', ': line 1: cpus: is empty; give different numbers from 0 to 1023'],
  ['cpus: 2,2\n', ': line 1: cpus: got "2,2"; give different numbers'],
  ['cpus: 3-1\n', ': line 1: cpus: got "3-1"; give different numbers'],
  ['cpus: [1, x]\n', ': line 1: cpus: got [1, x]; give different numbers'],
  ['cpus: 1024\n', ': line 1: cpus: got 1024; give different numbers'],
  ['cpus: {a: 1}\n', ': line 1: cpus: got a mapping; give different numbers'],
  ['memory: 63\n', ': line 1: memory: got 63; give a whole number from 64 to 1048576'],
  ['memory: "512"\n', ': line 1: memory: got "512"; give a whole number'],
  ['memory: 512MiB\n', ': line 1: memory: got "512MiB"; give a whole number'],
  ['memory: 64.5\n', ': line 1: memory: got 64.5; give a whole number'],
  ['ageing: -1\n', ': line 1: ageing: is negative (-1); give a whole number'],
  ['tso: yes\n', ': line 1: tso: got "yes"; give true or false'],
  ['tso: 1\n', ': line 1: tso: got 1; give true or false'],
  ['uplink: [a]\n', ': line 1: uplink: got a list; give a word of printable ASCII'],
  ['uplink: eth0\n', ': line 1: uplink: eth0 is named like an interface of Linux, and DPDK'],
  ['uplink: nonsense,\n', ': line 1: uplink: nonsense, neither a PCI address nor a DPDK device'],
  ['user: --help\n', ': line 1: user: got "--help"; give a word'],
  ['user: "a b"\n', ': line 1: user: got "a b"; give a word'],
  ['look-group: []\n', ': line 1: look-group: is an empty list; name one, or remove the key'],
  ['look-group: [a, a]\n', ': line 1: look-group: "a" is there twice; remove one'],
  ['folder: srv\n', ': line 1: folder: "srv" is not absolute; give a path that begins with /'],
  ['state-file: /a/../b\n', ': line 1: state-file: "/a/../b" is not normalised; write "/b"'],
  [`socket-file: /${'a'.repeat(200)}\n`, 'longer than'],
  ['device: net_null0\n', ': line 1: device: got "net_null0"; give a mapping of names to devices'],
  ['device: {}\n', ': line 1: device: is empty; give a mapping'],
  ['device: {"a b": net_null0}\n', ': line 1: device: "a b" is no name of a port; give 1 to 63'],
  ['device: {a: eth0}\n', ': line 1: device: eth0 is named like an interface of Linux'],
  ['page-size: 3MiB\n', ': line 1: page-size: 3MiB no size of huge pages; give 2MiB or 1GiB'],
  ['page-size: 2\n', ': line 1: page-size: '],
  ['relay: 0000:01:10.0\n', ': line 1: relay: got "0000:01:10.0"; give a mapping of names to'],
  ['relay: {}\n', ': line 1: relay: is empty; give a mapping'],
  ['relay: [net_null0]\n', ': line 1: relay: got a list; give a mapping'],
  ['relay: {"a b": net_null0}\n', ': line 1: relay: "a b" is no name of a relay; give 1 to 53'],
  [`relay: {${'n'.repeat(54)}: net_null0}\n`, ' is no name of a relay; give 1 to 53'],
  ['relay: {3: eth0}\n', ': line 1: relay: 3: eth0 is named like an interface of Linux'],
  ['relay: {3: ""}\n', ': line 1: relay: 3 device: got ""; give a device as the EAL takes it'],
  ['relay: {3: 5}\n', ': line 1: relay: 3 device: got 5; give a device'],
  ['relay: {3: {path: /a}}\n', ': line 1: relay: 3 has no device; give a device'],
  ['relay: {3: {device: net_null0, pth: /a}}\n', '3 has no setting "pth"; did you mean "path"?'],
  ['relay: {3: {device: net_null0, path: a}}\n', ': relay: 3 path: "a" is not absolute; give'],
  ['relay: {3: {device: net_null0, path: /a/../b}}\n', 'relay: 3 path: "/a/../b" is not norm'],
  ['relay: {3: {device: net_null0, listener: dial}}\n', '3 listener: got "dial"; give one of'],
  ['relay: {3: {device: net_null0, trunks: 7-5}}\n', '3 trunks: got "7-5"; give VLANs 1 to 4094'],
  ['relay: {3: {device: net_null0, trunks: 4095}}\n', '3 trunks: got 4095; give VLANs 1 to 4094'],
  ['relay: {3: {device: net_null0, trunks: [7, x]}}\n', '3 trunks: got [7, x]; give VLANs 1 to'],
  ['relay: {3: {device: net_null0, trunks: [[7]]}}\n', '3 trunks: got a list; give VLANs 1 to'],
  ['relay: {3: {device: net_null0, trunks: []}}\n', '3 trunks: got []; give VLANs 1 to 4094'],
  ['relay: {3: {device: net_null0, trunks: ""}}\n', '3 trunks: got ""; give VLANs 1 to 4094 and'],
  [
    'relay: {3: {device: net_null0, link: up}}\n',
    '3 link: got "up"; give one of auto, enable, dis',
  ],
  ['relay: {3: {device: net_null0, link: true}}\n', '3 link: got true; give one of auto, enable'],
  [
    'relay: {3: {device: net_null0, path: none, link: enable}}\n',
    "3 link: is the guest's, and its path is none; leave it out; 'vmlane relay add-socket' has",
  ],
  [
    'relay: {3: {device: net_null0, trunk: 7}}\n',
    '3 has no setting "trunk"; did you mean "trunks"',
  ],
  ['relay: {3: {device: net_null0, cpus: [1, 2, 3]}}\n', '3 cpus: got [1, 2, 3]; give a proc'],
  ['relay: {3: {device: net_null0, cpus: -1}}\n', '3 cpus: is negative (-1); give a processor'],
  ['relay: {3: {device: net_null0, cpus: 2}}\n', "relay 3: cpu 2 is none of the switch's; say"],
  [
    'cpus: 0\nrelay: {3: {device: net_null0, cpus: [0, 1]}}\n',
    "relay 3: cpu 1 is none of the switch's; give it among 0",
  ],
  [
    'relay: {3: "01:10.0", 4: "0000:01:10.0"}\n',
    'relay: 3 and 4 have the same device "0000:01:10.0"; give each a device',
  ],
  [
    'relay: {3: {device: net_null0, path: /a}, 4: {device: net_null1, path: /a}}\n',
    'relay: 3 and 4 have the same path "/a"; give each a path of its own',
  ],
  [
    'device: {a: "01:10.0"}\nrelay: {3: "0000:01:10.0"}\n',
    "relay 3: its device 0000:01:10.0 is another port's; leave it out of one of them",
  ],
  ['device: {a: [x]}\n', ': line 1: device: a got a list; give a word'],
];

describe('what cannot be is told in a line with its place', () => {
  it.each(BAD)('%j', (text, message) =>
    onHost(text, (root) => {
      const act = () => readSwitchSettings(undefined, root);
      expect(act).toThrow(message);
      expect(act).toThrow(expect.objectContaining({ exitCode: 2 }));
      expect(act).toThrow(SWITCH_SETTINGS_FILE);
    }),
  );

  it('all mistakes are counted', () =>
    onHost('memory: 1\ntso: 2\nx: 3\n', (root) => {
      expect(() => readSwitchSettings(undefined, root)).toThrow(
        'line 1: memory: got 1; give a whole number from 64 to 1048576 (and 2 more problems in this file)',
      );
    }));

  it('a processor on which nothing may run', () =>
    onHost('cpus: 1000\n', (_, place) => {
      expect(() => readSwitchSettings(place)).toThrow(
        `${place}: line 1: cpus: cpu 1000 this process may not run there; choose among`,
      );
    }));
});

describe('a file that others could have written is refused', () => {
  it('by its mode, or as a link', () =>
    onHost('cpus: 0\n', (root, place) => {
      chmodSync(place, 0o664);
      expect(() => readSwitchSettings(undefined, root)).toThrow(
        'others may write to it; chmod go-w',
      );
      chmodSync(place, 0o644);
      symlinkSync('switch.yaml', join(root, 'etc/vmlane/link.yaml'));
      expect(() => readSwitchSettings('/etc/vmlane/link.yaml', root)).toThrow('is not a file of');
    }));

  it.runIf(ANOTHER_USER !== undefined)('by its owner', () =>
    onHost('cpus: 0\n', async (root, place) => {
      chownSync(place, ANOTHER_USER ?? 0, 0);
      expect(() => readSwitchSettings(undefined, root)).toThrow(
        'is not a file of root or of yours',
      );
      const edit = { set: { memory: '512' } };
      await expect(changeSwitchSettings(edit, { root })).rejects.toThrow('is not a file of');
      expect(readFileSync(place, 'utf8')).toBe('cpus: 0\n');
    }),
  );
});

const BEFORE = `# of this host

# NUMA node 1
cpus: 2,3 # beside the NIC

# the LAN
device:
  wan: 0000:3b:00.0 # port 1
look-group: [adm] # reads only
# the end
`;

describe('an edit', () => {
  const edit = (before: string | undefined, ...change: Parameters<typeof changeSwitchSettings>) =>
    onHost(before, async (root, place) => {
      const done = await changeSwitchSettings(change[0], { root, ...change[1] });
      const text = done.before === undefined && !done.changed ? '' : readFileSync(place, 'utf8');
      return { ...done, text };
    });

  it('keeps comments and order', async () => {
    const set = { cpus: '4-5', 'device.lan': 'net_null0', 'look-group': 'adm,net', memory: '512' };
    const { text, changed } = await edit(BEFORE, { set });
    expect(changed).toBe(true);
    expect(text).toBe(`# of this host

# NUMA node 1
cpus: 4-5 # beside the NIC

# the LAN
device:
  wan: 0000:3b:00.0 # port 1
  lan: net_null0
look-group: [adm, net] # reads only
memory: 512

# the end
`);
  });

  it('removes what is unset, with the comment that is about it alone', async () => {
    const { text, settings } = await edit(BEFORE, { unset: ['cpus', 'device.wan', 'memory'] });
    expect(text).toBe('# of this host\n\nlook-group: [adm] # reads only\n\n# the end\n');
    expect(settings).toEqual({ 'look-group': ['adm'] });
    expect((await edit('cpus: 1\n', { unset: ['cpus'] })).text).toBe('');
  });

  it('that changes nothing leaves every byte', async () => {
    const odd = 'cpus:   2,3\nlook-group: [ adm,net ]   # x\n';
    const set = { cpus: '2,3', 'look-group': 'adm,net' };
    expect(await edit(odd, { set, unset: ['memory'] })).toMatchObject({
      changed: false,
      text: odd,
    });
    expect(await edit(undefined, { unset: ['memory'] })).toMatchObject({ changed: false });
  });

  it('makes the file, for root to write and everybody to read', () =>
    onHost(undefined, async (root) => {
      await changeSwitchSettings({ set: { tso: 'true', mergeable: true, ageing: 60 } }, { root });
      const { text, settings } = readSwitchSettings(undefined, root);
      expect(settings).toEqual({ tso: true, mergeable: true, ageing: 60 });
      expect(text).toMatch(/^# Options of 'vmlane switch start' [^\n]+\n\ntso: true\n/);
    }));

  it('of a file with a mistake is refused, unless it removes the mistake', async () => {
    const bad = 'cpus: 2\nmemory: 1\n';
    await expect(edit(bad, { set: { cpus: '0' } })).rejects.toThrow('line 2: memory: got 1');
    expect((await edit(bad, { unset: ['memory'], set: { cpus: '3' } })).text).toBe('cpus: 3\n');
  });

  it.each([
    [{ set: { cpsu: '1' } }, 'cpsu: there is no such setting; did you mean "cpus"?'],
    [{ unset: ['cpsu'] }, 'cpsu: there is no such setting; did you mean "cpus"?'],
    [{ set: { cpus: '' } }, 'cpus: got ""; give different numbers'],
    [{ set: { tso: 'on' } }, 'tso: got "on"; give true or false'],
    [{ set: { device: 'net_null0' } }, 'device=net_null0: is no mapping; name the port'],
    [{ set: { 'device.': 'net_null0' } }, 'device.: "" is no name of a port'],
    [{ set: { relay: 'net_null0' } }, 'relay=net_null0: is no mapping; name the relay'],
    [{ set: { 'relay.': 'net_null0' } }, 'relay.: "" is no name of a relay'],
    [{ set: { 'cpus.a': '1' } }, 'cpus.a: cpus has no parts; write cpus'],
    [{ set: { 'device.a': 'eth0' } }, 'line 1: device: eth0 is named like an interface'],
  ])('%j is refused and changes nothing', async (change, message) => {
    await onHost('device: {b: net_null1}\n', async (root, place) => {
      await expect(changeSwitchSettings(change, { root })).rejects.toThrow(message);
      expect(readFileSync(place, 'utf8')).toBe('device: {b: net_null1}\n');
    });
  });

  it('tried only is told, and not written', () =>
    onHost('cpus: 2\n', async (root, place) => {
      const done = await changeSwitchSettings({ set: { cpus: '3' } }, { root, dryRun: true });
      expect(done).toMatchObject({ changed: true, before: 'cpus: 2\n', after: 'cpus: 3\n' });
      expect(readFileSync(place, 'utf8')).toBe('cpus: 2\n');
    }));

  it('several at once are all there', () =>
    onHost(undefined, async (root) => {
      const names = ['memory', 'buffers', 'ageing', 'hold'];
      await Promise.all(
        names.map((name) => changeSwitchSettings({ set: { [name]: '100' } }, { root })),
      );
      const { settings } = readSwitchSettings(undefined, root);
      expect(Object.keys(settings).sort()).toEqual([...names].sort());
    }));
});

test('the file is of the switch on the default socket, and has every option that makes a switch', () => {
  expect(settingsFileOf(DEFAULT_CONTROL_SOCKET)).toBe(SWITCH_SETTINGS_FILE);
  expect(settingsFileOf('/run/vmlane/lane2.sock')).toBe(undefined);
  expect(START_NAMES.length).toBeGreaterThan(30);
});
