/**
 * A network card as a network (`vmlane network add --nic`), and one taken from its bridge (`--take`), with a real guest.
 * The card is a veth, as this machine has no other; a namespace stands for the LAN behind it.
 */
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuestConsole } from '../../lab/console.js';
import { Lab } from '../../lab/lab.js';
import { pingFrom } from '../../lab/ping.js';
import { until } from '../../lab/poll.js';
import { strays } from '../../lab/strays.js';
import { addNetwork, planNetwork } from '../../src/networks/index.js';
import { SwitchClient } from '../../src/switch/index.js';
import { packageRoot } from '../../src/switch/paths.js';

let lab: Lab;
let a: GuestConsole;
let endServer: () => Promise<void>;

const SOCKET = '/run/vmlane/switch.sock';
const FAR = '10.77.0.252';
const HOST = '10.77.0.253';

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text) });
  await lab.define('a');
  a = await lab.start('a');
  await ip('netns', 'add', 'lan');
  await ip('link', 'add', 'eno2', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'lan');
  await ip('-n', 'lan', 'address', 'add', `${FAR}/24`, 'dev', 'eth0');
  await ip('-n', 'lan', 'link', 'set', 'eth0', 'up');
  const echo = `require('net').createServer((one) => one.on('error', () => one.destroy()).pipe(one))
    .listen(7, '${FAR}', () => console.log('ready'))`;
  const words = ['netns', 'exec', 'lan', process.execPath, '-e', echo];
  const server = execa('ip', words, { reject: false });
  await once(server.stdout, 'data');
  endServer = async () => {
    server.kill('SIGTERM');
    await server;
  };
});

afterAll(async () => {
  await lab?.close();
  await endServer?.();
  await execa('ip', ['link', 'del', 'eno2'], { reject: false });
  await execa('ip', ['netns', 'del', 'lan'], { reject: false });
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

const network = async (...words: string[]) =>
  JSON.parse(await lab.vmlane('network', ...words, '--json'));

async function reaches(address: string): Promise<void> {
  const wait = { thing: address, problem: 'is not reached', remedy: '', ms: 120_000 };
  await until(
    wait,
    async () => (await pingFrom(a, address, { seconds: 2 })).times.size === 3 || undefined,
  );
}

/** What the server in the LAN echoes, if it does at once, over a connection of the host's. */
async function echoed(connection: Socket, text: string): Promise<string | undefined> {
  connection.write(text);
  const heard = once(connection, 'data', { signal: AbortSignal.timeout(20_000) });
  return String((await heard)[0]);
}

async function connect(): Promise<Socket | undefined> {
  const connection = createConnection({ host: FAR, port: 7, localAddress: HOST, timeout: 1000 });
  const outcome = await new Promise((resolve) => {
    for (const event of ['connect', 'error', 'timeout']) connection.on(event, () => resolve(event));
  });
  if (outcome === 'connect') return connection.setTimeout(0);
  connection.destroy();
  return undefined;
}

/** The host reaches the LAN by the bridge, whatever that leads out by. */
async function hostReachesLan(): Promise<void> {
  const wait = { thing: FAR, problem: 'is not reached by the host', remedy: '', ms: 60_000 };
  const connection = await until(wait, connect);
  expect(await echoed(connection, 'hello')).toBe('hello');
  connection.destroy();
}

/** What of an interface is the host's own: its flags, and whether it speaks IPv6. */
async function own(name: string): Promise<string> {
  const ipv6 = await readFile(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, 'utf8');
  return `${await ip('-br', 'link', 'show', name)} ${ipv6}`;
}

/** As a terminal does it; a group that has just ended hears nothing. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) throw new Error('it has not started');
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function members(bridge: string): Promise<string[]> {
  return (await readdir(`/sys/class/net/${bridge}/brif`)).toSorted();
}

describe('a card of its own', () => {
  it('is shown first, and nothing is done', async () => {
    const { commands } = await network('add', 'wan', '--nic', 'eno2', '--dry-run');
    expect(commands).toEqual([
      'ip link set dev eno2 arp off',
      'sysctl -w net/ipv6/conf/eno2/disable_ipv6=1',
      'ip link set dev eno2 up',
      'ip link add link eno2 name vn-wan type macvtap mode passthru',
      'ip link set dev vn-wan allmulticast on addrgenmode none',
      "mknod -m 600 /dev/vmlane/vn-wan c $(cat /sys/class/net/vn-wan/macvtap/*/dev | tr : ' ') && chown 64056:0 /dev/vmlane/vn-wan",
      'ip link set dev vn-wan up',
    ]);
    expect(await network('list')).toEqual({ networks: [] });
  });

  it('leads a guest to the LAN, over restarts, until it is removed', async () => {
    const before = await own('eno2');
    expect(before).not.toContain('NOARP');
    expect(await network('add', 'wan', '--nic', 'eno2')).toEqual({
      ...{ changed: true, name: 'wan', vlan: 4094, bridge: null, nic: 'eno2' },
    });
    expect(await network('add', 'wan', '--nic', 'eno2')).toMatchObject({ changed: false });
    await lab.vmlane('switch', 'set', 'a.0', '--vlan', '4094');
    await reaches(FAR);
    expect(await network('show', 'wan')).toMatchObject({
      ...{ state: 'up', nic: 'eno2', interface: 'vn-wan', mtu: 1500, ports: ['a.0'] },
    });
    await lab.vmlane('switch', 'stop');
    await lab.startSwitch();
    await reaches(FAR);
    // As after a boot.
    await lab.vmlane('switch', 'stop');
    await ip('link', 'del', 'vn-wan');
    await execa('rm', ['-r', '/dev/vmlane', '/run/vmlane/switch/ports.json']);
    await lab.startSwitch();
    await lab.vmlane(
      'switch',
      'add',
      'a.0',
      '--path',
      '/run/vmlane/guests/a/0.sock',
      '--vlan',
      '4094',
    );
    await reaches(FAR);
    await lab.vmlane('network', 'remove', 'wan', '--force');
    await lab.vmlane('switch', 'set', 'a.0', '--vlan', '0');
    expect(await own('eno2')).toBe(before);
    expect(await readdir('/dev/vmlane')).toEqual([]);
    expect(await readdir('/etc/vmlane/interfaces')).toEqual([]);
  });
});

describe('the card of a bridge', () => {
  /** A connection of the host's that lasts through all of it. */
  let kept: Socket | undefined;

  beforeAll(async () => {
    await ip('link', 'add', 'br0', 'type', 'bridge');
    await ip('address', 'add', `${HOST}/24`, 'dev', 'br0');
    await ip('link', 'set', 'eno2', 'master', 'br0', 'up');
    await ip('link', 'set', 'br0', 'up');
    // What stands for guests that stay on the bridge.
    await ip('tuntap', 'add', 'vnet9', 'mode', 'tap');
    await ip('link', 'set', 'vnet9', 'master', 'br0', 'up');
    // Somebody else's: a bridge, a card, and what stands where the card's interface would be.
    await ip('link', 'add', 'br1', 'type', 'bridge');
    await ip('link', 'add', 'eno3', 'type', 'veth', 'peer', 'name', 'far3');
    await ip('link', 'add', 'link', 'far3', 'name', 'vn-y', 'type', 'macvtap', 'mode', 'passthru');
    await hostReachesLan();
  });

  afterAll(async () => {
    kept?.destroy();
    for (const name of ['br0', 'br1', 'eno3', 'vnet9'])
      await execa('ip', ['link', 'del', name], { reject: false });
  });

  it('is not taken unless that is wanted', async () => {
    const rows: [words: string[], line: string][] = [
      [['--nic', 'eno2'], 'NIC eno2: is in br0; join that with --bridge br0, or take the NIC from'],
      [['--bridge', 'br0', '--nic', 'eno2'], '--nic: is for br0 with --take only; give --take'],
      [['--take'], '--take: takes the NIC of a bridge; give --bridge'],
      [
        ['--bridge', 'br0', '--take', '--nic', 'nothing'],
        'NIC nothing: there is no such interface; ',
      ],
      [['--bridge', 'br0', '--take', '--nic', 'lo'], 'NIC lo: carries no Ethernet; '],
      [['--nic', 'br0'], 'NIC br0: is a bridge; give --bridge br0'],
      [
        ['--bridge', 'br0', '--take', '--nic', 'eno2', '--mtu', '9001'],
        'the switch carries an MTU of 1504 at most',
      ],
      [['--bridge', 'br0', '--take'], 'bridge br0: no network card is in it; name what to take'],
      [['--nic', 'eno2', '--mtu', '1400'], '--mtu: is that of the interface in a bridge; '],
      [
        ['--bridge', 'br1', '--take', '--nic', 'eno2'],
        'NIC eno2: is in br0; join that with --bridge br0, or',
      ],
      [
        ['--bridge', 'br1', '--take', '--nic', 'eno3'],
        'NIC eno3: is not in br1; put it there: ip link set dev eno3 master br1',
      ],
    ];
    const before = await ip('-br', 'link');
    for (const [words, line] of rows) {
      const [status, said] = await refused('network', 'add', 'x', ...words);
      expect(said).toContain(line);
      expect(status).toBe(2);
    }
    expect(await refused('network', 'add', 'y', '--nic', 'far3')).toEqual([
      2,
      expect.stringContaining('vn-y: this interface is there already; choose another name'),
    ]);
    expect(await ip('-br', 'link')).toBe(before);
    expect(await readdir('/etc/vmlane/networks')).toEqual([]);
  });

  it('is in the bridge again, and the host on the LAN, whenever taking it is interrupted', async () => {
    const client = await SwitchClient.connect(SOCKET);
    const before = [await members('br0'), await ip('-br', 'link'), await ip('-br', 'address')];
    const wish = { name: 'lan', bridge: 'br0', nic: 'eno2', take: true };
    const { hostPorts } = await planNetwork(client, SOCKET, wish);
    const steps = hostPorts.flatMap((plan) => plan.steps).length;
    expect(steps).toBeGreaterThan(8);
    for (let step = 0; step < steps; step++) {
      let left = step;
      // A signal that comes before this step.
      const signal = {
        get aborted() {
          return left-- <= 0;
        },
      } as AbortSignal;
      const plan = await planNetwork(client, SOCKET, wish);
      await expect(addNetwork(client, plan, signal)).rejects.toThrow('interrupted');
      expect([await members('br0'), await ip('-br', 'link'), await ip('-br', 'address')]).toEqual(
        before,
      );
      expect((await client.ports()).map(({ name }) => name)).toEqual(['a.0']);
      await hostReachesLan();
    }
    client.close();
    for (const folder of ['networks', 'interfaces'])
      expect(await readdir(`/etc/vmlane/${folder}`)).toEqual([]);
  });

  it('is on the switch, and host, LAN and guest reach each other', async () => {
    const mac = await ip('-br', 'link', 'show', 'br0');
    kept = await connect();
    expect(await network('add', 'lan', '--bridge', 'br0', '--take', '--nic', 'eno2')).toEqual({
      ...{ changed: true, name: 'lan', vlan: 4094, bridge: 'br0', nic: 'eno2' },
    });
    expect(await members('br0')).toEqual(['vl-lan', 'vnet9']);
    expect(await ip('-br', 'link', 'show', 'br0')).toBe(mac);
    await hostReachesLan();
    expect(await echoed(kept as Socket, 'taken')).toBe('taken');
    await lab.vmlane('switch', 'set', 'a.0', '--vlan', '4094');
    await reaches(FAR);
    await reaches(HOST);
    const again = ['add', 'lan', '--bridge', 'br0', '--take'];
    expect(await network(...again)).toMatchObject({ changed: false });
    expect(await network('show', 'lan')).toMatchObject({
      ...{ state: 'up', bridge: 'br0', nic: 'eno2', nic_interface: 'vn-lan', ports: ['a.0'] },
    });
  });

  it('is lent only while a switch runs', async () => {
    await lab.vmlane('switch', 'stop');
    expect(await members('br0')).toEqual(['eno2', 'vl-lan', 'vnet9']);
    expect(await echoed(kept as Socket, 'stopped')).toBe('stopped');
    await lab.startSwitch();
    expect(await members('br0')).toEqual(['vl-lan', 'vnet9']);
    await hostReachesLan();
    await reaches(FAR);
    expect(await network('show', 'lan')).toMatchObject({ state: 'up' });
  });

  it("keeps the host's own ARP and IPv6 to the bridge, whatever the card hears", async () => {
    expect(await own('eno2')).toMatch(/NOARP.* 1\n$/s);
    expect(await ip('-br', 'address', 'show', 'eno2')).not.toContain(':');
  });

  it('is taken by a switch that started before the bridge had it, as at boot', async () => {
    await lab.vmlane('switch', 'stop');
    await ip('link', 'set', 'eno2', 'nomaster');
    await ip('link', 'set', 'vl-lan', 'nomaster');
    await lab.startSwitch();
    expect(await ip('-br', 'link')).not.toContain('vn-lan');
    await ip('link', 'set', 'eno2', 'master', 'br0');
    await hostReachesLan();
    // In the background nobody waits for it: the next start finds the switch, and takes the card.
    await lab.startSwitch();
    expect(await members('br0')).toEqual(['vl-lan', 'vnet9']);
    await hostReachesLan();
  });

  it('is taken by itself when the bridge has it, and given back, by a switch in the foreground', async () => {
    await lab.vmlane('switch', 'stop');
    await ip('link', 'set', 'eno2', 'nomaster');
    const words = ['switch', 'start', '--foreground', '--idle-sleep', '100'];
    const running = execa(process.execPath, [main, ...words], { reject: false, detached: true });
    let heard = '';
    running.stderr.on('data', (data) => {
      heard += data;
    });
    try {
      const said = { thing: 'the switch', problem: 'does not wait for the card', remedy: '' };
      await until(
        { ...said, ms: 60_000 },
        async () => heard.includes('eno2: is not in bridge br0 yet') || undefined,
      );
      await ip('link', 'set', 'eno2', 'master', 'br0');
      const gone = { thing: 'eno2', problem: 'is not taken', remedy: '', ms: 60_000 };
      await until(gone, async () => !(await members('br0')).includes('eno2') || undefined);
      await hostReachesLan();
    } finally {
      // As from a terminal that is closed, and a user who insists: all of its group hear it.
      for (const signal of ['SIGHUP', 'SIGINT', 'SIGINT'] as const)
        signalGroup(running.pid, signal);
      await running;
    }
    expect(await members('br0')).toEqual(['eno2', 'vl-lan', 'vnet9']);
    await lab.startSwitch();
    expect(await members('br0')).toEqual(['vl-lan', 'vnet9']);
  });

  it.each([
    { words: ['switch', 'stop'], after: () => lab.startSwitch() },
    {
      words: ['network', 'remove', 'lan', '--force'],
      after: () => network('add', 'lan', '--bridge', 'br0', '--take', '--nic', 'eno2'),
    },
  ])('is given back by $words, however often that is interrupted', async ({ words, after }) => {
    const running = execa(process.execPath, [main, ...words], { reject: false, detached: true });
    let isOver = false;
    const over = running.then(() => {
      isOver = true;
    });
    // From when it has begun: before that it may be ended, and has done nothing.
    await until(
      { thing: 'eno2', problem: 'is not given back', remedy: '', ms: 60_000 },
      async () => {
        if (
          !isOver &&
          (await execa('ip', ['link', 'show', 'vn-lan'], { reject: false })).exitCode === 0
        )
          return undefined;
        while (!isOver) {
          for (const signal of ['SIGINT', 'SIGHUP'] as const) signalGroup(running.pid, signal);
          await sleep(5);
        }
        return true;
      },
    );
    await over;
    expect(await members('br0')).toContain('eno2');
    expect(await own('eno2')).not.toContain('NOARP');
    await hostReachesLan();
    await after();
    expect(await members('br0')).toEqual(['vl-lan', 'vnet9']);
  });

  it('is no other port, and another interface is not it', async () => {
    const rows: [words: string[], line: string][] = [
      [['vn-lan', '--host'], 'vn-lan: this interface is port nic:lan'],
      [['x', '--host', '--interface', 'vn-lan'], 'vn-lan: this interface is port nic:lan'],
      [['x', '--nic', 'eno2'], 'NIC eno2: it is port nic:lan already; remove that first'],
      [['x', '--nic', 'vnet9', '--interface', 'br0'], 'br0: this interface is there already; cho'],
    ];
    for (const [words, line] of rows) {
      const [status, said] = await refused('switch', 'add', ...words);
      expect(said).toContain(line);
      expect(status).toBe(2);
    }
  });

  it('is back in its bridge when a switch that was killed is followed by one that refuses its port', async () => {
    const { pid } = JSON.parse(
      await lab.vmlane('switch', 'start', '--idle-sleep', '100', '--json'),
    );
    process.kill(pid, 'SIGKILL');
    const gone = { thing: 'the switch', problem: 'is not gone', remedy: '', ms: 60_000 };
    await until(gone, async () => {
      const { exitCode } = await execa('kill', ['-0', String(pid)], { reject: false });
      return exitCode !== 0 || undefined;
    });
    expect(await members('br0')).toEqual(['vl-lan', 'vnet9']);
    // Its interface is another port's by now.
    const state = '/run/vmlane/switch/ports.json';
    await writeFile(state, (await readFile(state, 'utf8')).replace('"nic:lan"', '"other"'));
    await lab.startSwitch();
    expect(await members('br0')).toEqual(['eno2', 'vl-lan', 'vnet9']);
    expect(await own('eno2')).not.toContain('NOARP');
    await hostReachesLan();
    await lab.vmlane('switch', 'remove', 'other');
    await lab.startSwitch();
    expect(await members('br0')).toEqual(['vl-lan', 'vnet9']);
  });

  it('stays taken when a second switch cannot start', async () => {
    expect((await refused('switch', 'start', '--foreground'))[0]).toBe(1);
    expect(await members('br0')).toEqual(['vl-lan', 'vnet9']);
  });

  it('is in its bridge again when the network goes', async () => {
    const [status, said] = await refused('switch', 'remove', 'nic:lan');
    expect([status, said]).toEqual([2, expect.stringContaining('it is the port of network lan')]);
    await lab.vmlane('network', 'remove', 'lan', '--force');
    await lab.vmlane('switch', 'set', 'a.0', '--vlan', '0');
    expect(await members('br0')).toEqual(['eno2', 'vnet9']);
    expect(await readdir('/dev/vmlane')).toEqual([]);
    expect(await ip('-br', 'link')).not.toMatch(/v[ln]-lan/);
    await hostReachesLan();
    expect(await echoed(kept as Socket, 'given back')).toBe('given back');
    expect(await readdir('/etc/vmlane/interfaces')).toEqual([]);
  });
});
