/** The host as a port of the switch: `vmlane switch add NAME --host`, with a real guest. */
import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuestConsole } from '../../lab/console.js';
import { Lab } from '../../lab/lab.js';
import { pingFrom } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { strays } from '../../lab/strays.js';
import { packageRoot } from '../../src/switch/paths.js';

let lab: Lab;
let a: GuestConsole;

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text) });
  await lab.define('a');
  a = await lab.start('a');
});

afterAll(async () => {
  await lab?.close();
  expect(await strays()).toEqual([]);
});

async function ip(...words: string[]): Promise<string> {
  return (await execa('ip', words)).stdout;
}

const main = `${packageRoot()}/dist/bin/main.js`;

/** Status and last line on stderr. */
async function refused(...words: string[]): Promise<[number | undefined, string]> {
  const { exitCode, stderr } = await execa(process.execPath, [main, ...words], { reject: false });
  return [exitCode, stderr.split('\n').at(-1) ?? ''];
}

async function ports(): Promise<{ name: string; state: string }[]> {
  return JSON.parse(await lab.vmlane('switch', 'ports', '--json')).ports;
}

async function port(name: string) {
  return (await ports()).find((one) => one.name === name);
}

const STATE = '/run/vmlane/switch/ports.json';
const RECORD = '/etc/vmlane/interfaces/host0.json';

describe('an interface of the host', () => {
  it('is shown first, and made by nobody', async () => {
    const shown = await lab.vmlane(
      ...['switch', 'add', 'host0', '--host', '--address', '10.77.0.254/24', '--dry-run'],
    );
    expect(shown).toMatch(
      /^ip tuntap add dev host0 mode tap user 64056\nip link set dev host0 address .* mtu 1500\nip address add 10.77.0.254\/24 dev host0\nip link set dev host0 up$/,
    );
    expect(await ip('-br', 'link')).not.toContain('host0');
    expect((await ports()).map(({ name }) => name)).toEqual(['a.0']);
  });

  it('reaches a guest, and the guest reaches it', async () => {
    const words = ['switch', 'add', 'host0', '--host', '--address', '10.77.0.254/24', '--json'];
    const added = JSON.parse(await lab.vmlane(...words));
    expect(added).toMatchObject({ changed: true, interface: 'host0', path: '', state: 'up' });
    expect((await pingFrom(a, '10.77.0.254')).times.size).toBe(3);
    expect(JSON.parse(await lab.vmlane(...words))).toMatchObject({ changed: false });
    expect(await lab.vmlane('switch', 'ports')).toMatch(/host0 .* interface host0$/m);
  });

  it('stays as it is while the switch restarts, and is its port again', async () => {
    const before = await ip('-br', 'address', 'show', 'host0');
    await lab.vmlane('switch', 'stop');
    expect(await ip('-br', 'address', 'show', 'host0')).toMatch(/host0 .* 10\.77\.0\.254\/24/);
    await lab.startSwitch();
    expect((await pingFrom(a, '10.77.0.254', { seconds: 30 })).times.size).toBe(3);
    expect(await ip('-br', 'address', 'show', 'host0')).toBe(before);
  });

  it('is made anew after a boot, and its port with the settings that it had', async () => {
    await lab.vmlane('switch', 'set', 'host0', '--address-limit', '77');
    const before = await port('host0');
    await lab.vmlane('switch', 'stop');
    const mac = /link\/ether (\S+)/.exec(await ip('link', 'show', 'host0'))?.[1];
    await ip('link', 'del', 'host0');
    // In /run, which is empty then.
    const state = JSON.parse(await readFile(STATE, 'utf8'));
    state.ports = state.ports.filter(({ name }: { name: string }) => name !== 'host0');
    await writeFile(STATE, JSON.stringify(state));
    await lab.startSwitch();
    expect(await port('host0')).toEqual({ ...before, address_limit: 77 });
    expect(await ip('link', 'show', 'host0')).toContain(`link/ether ${mac}`);
    expect((await pingFrom(a, '10.77.0.254', { seconds: 30 })).times.size).toBe(3);
  });

  it('that cannot be made again keeps no guest off', async () => {
    await lab.vmlane('switch', 'stop');
    const text = await readFile(RECORD, 'utf8');
    await writeFile(RECORD, '{');
    await lab.startSwitch();
    const wait = { thing: 'a.0', problem: 'is not up', remedy: 'see the log', ms: 60_000 };
    await until(wait, async () => {
      const found = (await ports()).find(({ name }) => name === 'a.0');
      return found?.state === 'up' || undefined;
    });
    // Nor does it keep others from being removed.
    const path = '/run/vmlane/guests/x/0.sock';
    await lab.vmlane('switch', 'add', 'x', '--path', path);
    await lab.vmlane('switch', 'remove', 'x');
    expect(await refused('switch', 'remove', 'host0')).toEqual([
      2,
      `vmlane: ${RECORD}: is not JSON; remove it, and make the interface anew`,
    ]);
    await writeFile(RECORD, text);
  });

  it('added again keeps what was said of it', async () => {
    const before = await readFile(RECORD, 'utf8');
    const again = JSON.parse(await lab.vmlane('switch', 'add', 'host0', '--host', '--json'));
    expect(again).toMatchObject({ changed: false, address_limit: 77 });
    expect(await readFile(RECORD, 'utf8')).toBe(before);
  });

  it("of another user's is made anew for the switch's", async () => {
    await lab.vmlane('switch', 'stop');
    await ip('link', 'del', 'host0');
    await ip('tuntap', 'add', 'host0', 'mode', 'tap', 'user', 'root');
    await lab.startSwitch();
    expect((await pingFrom(a, '10.77.0.254', { seconds: 30 })).times.size).toBe(3);
  });

  it('has its address for itself', async () => {
    const mac = /link\/ether (\S+)/.exec(await ip('link', 'show', 'host0'))?.[1];
    expect(await port('host0')).toMatchObject({ mac, other_macs: 0 });
  });

  it("that is somebody else's is left alone", async () => {
    await ip('tuntap', 'add', 'dev', 'other0', 'mode', 'tap', 'user', 'vmlane');
    expect(await refused('switch', 'add', 'other0', '--host')).toEqual([
      2,
      'vmlane: other0: this tap is there already, and vmlane has not made it; choose another name, or remove it: ip link del dev other0',
    ]);
    await ip('tuntap', 'del', 'dev', 'other0', 'mode', 'tap');
  });

  it('goes with its port', async () => {
    await lab.vmlane('switch', 'remove', 'host0');
    expect(await ip('-br', 'link')).not.toContain('host0');
    await expect(readFile(RECORD)).rejects.toThrow('ENOENT');
    expect(await refused('switch', 'remove', 'host0')).toEqual([
      2,
      "vmlane: port host0: the switch has no such port; 'vmlane switch ports' lists its ports",
    ]);
  });

  it('of a bridge is reached through it, in its VLAN only', async () => {
    await ip('link', 'add', 'br9', 'type', 'bridge');
    // As on a server: the bridge has the MAC of the NIC in it, and an MTU of its own.
    await ip('link', 'add', 'nic9', 'address', 'a0:00:00:00:00:09', 'type', 'veth');
    await ip('link', 'set', 'nic9', 'mtu', '1400', 'master', 'br9');
    const linkOf = async () =>
      /mtu \d+|link\/ether \S+/g[Symbol.match](await ip('link', 'show', 'br9'));
    const before = await linkOf();
    expect(before).toEqual(['mtu 1400', 'link/ether a0:00:00:00:00:09']);
    await ip('address', 'add', '10.77.0.253/24', 'dev', 'br9');
    await ip('link', 'set', 'br9', 'up');
    await lab.vmlane('switch', 'add', 'lan0', '--host', '--bridge', 'br9');
    expect(await linkOf()).toEqual(before);
    expect(
      await refused('switch', 'add', 'lan1', '--host', '--bridge', 'br9', '--vlan', '5'),
    ).toEqual([
      2,
      'vmlane: bridge br9: port lan0 is in it already; a second one would make a loop; use that one',
    ]);
    expect((await pingFrom(a, '10.77.0.253')).times.size).toBe(3);
    await lab.vmlane('switch', 'set', 'lan0', '--vlan', '9');
    expect((await pingFrom(a, '10.77.0.253', { seconds: 2 })).times.size).toBe(0);
    // A bridge that comes after the switch: until then nobody hears of the interface.
    await lab.vmlane('switch', 'set', 'lan0', '--vlan', '0');
    await lab.vmlane('switch', 'stop');
    for (const name of ['lan0', 'br9']) await ip('link', 'del', name);
    await lab.startSwitch();
    expect(await ip('-br', 'link', 'show', 'lan0')).toMatch(/lan0 +DOWN/);
    await ip('link', 'add', 'br9', 'address', 'a0:00:00:00:00:09', 'type', 'bridge');
    await ip('address', 'add', '10.77.0.253/24', 'dev', 'br9');
    await ip('link', 'set', 'br9', 'up');
    await lab.vmlane('switch', 'add', 'lan0', '--host');
    expect((await pingFrom(a, '10.77.0.253', { seconds: 30 })).times.size).toBe(3);
    await lab.vmlane('switch', 'remove', 'lan0');
    for (const name of ['br9', 'nic9']) await ip('link', 'del', name);
  });
});

const ADD = ['switch', 'add'];
const BAD: [words: string[], line: RegExp][] = [
  [
    ['lo', '--host'],
    /^vmlane: lo: this interface is there already, and is a device; choose another name$/,
  ],
  [['x', '--host', '--bridge', 'nobr'], /^vmlane: bridge nobr: there is no such interface; /],
  [['x', '--host', '--bridge', 'lo'], /^vmlane: bridge lo: this interface is no bridge; /],
  [
    ['x', '--host', '--address', '10.0.0.1'],
    /^vmlane: --address 10.0.0.1: is no address with the length of its prefix; /,
  ],
  [
    ['x', '--host', '--address', '10.0.0.1/24', '--address', '::1/200'],
    /^vmlane: --address ::1\/200: /,
  ],
  [
    ['x', '--host', '--mtu', '9000'],
    /^vmlane: --mtu 9000: the switch carries an MTU of 1504 at most, and not 9000; start the switch with --mergeable/,
  ],
  [
    ['x', '--host', '--mtu', '60'],
    /^vmlane switch add: --mtu: "60" is not a whole number from 68 to 65521; /,
  ],
  [
    ['averylongportname0', '--host'],
    /^vmlane: port averylongportname0: an interface cannot have this name; give --interface, /,
  ],
  [
    ['x', '--host', '--interface', 'a/b'],
    /^vmlane: --interface a\/b: no interface can have this name; /,
  ],
  [
    ['x', '--host', '--interface', 'tap%d'],
    /^vmlane: --interface tap%d: no interface can have this name; /,
  ],
  [['x', '--host', '--path', '/run/x.sock'], /^vmlane: --path: has no meaning with --host; /],
  [['x', '--host', '--listener', 'qemu'], /^vmlane: --listener: has no meaning with --host; /],
  [['x', '--host', '--peer-label', 'l'], /^vmlane: --peer-label: has no meaning with --host; /],
  [['x', '--host', '--vlan', '4095'], /^vmlane switch add: --vlan: /],
  [
    ['a b', '--host', '--interface', 'x'],
    /^vmlane: NAME: "a b" is not possible; give 1 to 63 letters/,
  ],
  [['x', '--bridge', 'br0'], /^vmlane: --bridge: has no meaning without --host; /],
  [['x', '--address', '10.0.0.1/24'], /^vmlane: --address: has no meaning without --host; /],
  [['x', '--mtu', '1500'], /^vmlane: --mtu: has no meaning without --host; /],
  [['x', '--dry-run'], /^vmlane: --dry-run: has no meaning without --host; /],
  [['x'], /^vmlane switch add: neither --path, --host, --nic nor --device is given; /],
  [['--from', '-', '--host'], /^vmlane: --from: has no meaning with --host; /],
];

it.each(BAD)('%j changes nothing', async (words, line) => {
  const before = [await ip('-br', 'address'), await lab.vmlane('switch', 'ports')];
  const [status, said] = await refused(...ADD, ...words);
  expect(said).toMatch(line);
  expect(status).toBe(2);
  expect([await ip('-br', 'address'), await lab.vmlane('switch', 'ports')]).toEqual(before);
});
