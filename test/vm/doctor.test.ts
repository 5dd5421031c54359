/**
 * Why has my guest no network? Real guests, whose network is broken in one way after the other; the doctor has to
 * name each, the first thing that is wrong, so what was broken before must be mended. More of them, at a switch alone, are in test/switching.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuestConsole } from '../../lab/console.js';
import { until } from '../../lab/poll.js';
import { type ConnectedHost, connectHost, diagnoseGuest } from '../../src/guests/index.js';
import type { Port, PortStats } from '../../src/switch/index.js';
import { isHere } from '../libvirt/here.js';
import { portAgain } from './again.js';
import { tellAllOnFailure, useLab } from './use-lab.js';

const running = useLab();
let host: ConnectedHost;
/** The port of guest b, which qemu-wrap named. */
let b: Port;
let c: GuestConsole;

beforeAll(async () => {
  const { lab } = running;
  host = await connectHost();
  const { client } = await host.reach();
  b = (await client?.ports())?.find(({ name }) => name.startsWith('b.')) as Port;
  await lab.vmlane('network', 'add', 'lan', '--bridge', 'br-lab');
  const spec = (await execa('cat', ['lab/guest-a.yaml'])).stdout
    .replaceAll('/run/lab/a.', '/run/lab/c.')
    .replace('name: a', 'name: c')
    .replace('mac: 52:54:00:00:00:0a', 'mac: 52:54:00:00:00:0c\n    network: lan')
    .replace('10.77.0.1/24', '10.77.0.3/24');
  await writeFile('/run/lab/guest-c.yaml', spec);
  await writeFile(
    '/run/lab/guest-c.xml',
    await lab.vmlane('domain', 'generate', '/run/lab/guest-c.yaml'),
  );
  await lab.vmlane('domain', 'define', '/run/lab/guest-c.xml');
});
// The world is that of the next file, too.
afterAll(async () => {
  await running.lab.vmlane('network', 'remove', 'lan', '--force');
  await host?.close();
});

const run = (command: string) => running.a.run(command);
const both = (command: string) => Promise.all([running.a.run(command), running.b.run(command)]);
/** Guest a's port anew, with its counters, as the hook would add it. */
const again = (...settings: string[]) =>
  portAgain(running, '--mac', '52:54:00:00:00:0a', ...settings);
const set = (...words: string[]) => running.lab.vmlane('switch', 'set', ...words);
const virsh = async (...words: string[]) => void (await execa('virsh', words));
const link = 'ip link set eth0';
const mac = (last: string) => `${link} down; ${link} address 52:54:00:00:00:${last}; ${link} up`;
const broadcasts = (n: number) =>
  `for i in $(seq ${n}); do arping -q -c 1 -w 1 -I eth0 10.77.0.99 & done; wait`;
const nothing = async (): Promise<unknown> => undefined;

/** A guest of firmware alone, with this for its memory and its NIC. */
function bare(name: string, memory: string, nic: string): string {
  return `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory>${memory}
    <os><type arch='x86_64' machine='q35'>hvm</type></os><devices>${nic}</devices></domain>`;
}
const SHARED = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";
const OTHER = '52:54:00:00:00:66';
const onSwitch = (name: string) =>
  `<interface type='vhostuser'><mac address='${OTHER}'/><source type='unix' path='/run/vmlane/guests/${name}/0.sock' mode='client'/><model type='virtio'/></interface>`;
const create = async (name: string, memory: string, nic: string) => {
  await writeFile(`/run/lab/${name}.xml`, bare(name, memory, nic));
  await virsh('create', `/run/lab/${name}.xml`);
};
/** On a port of its own. */
const plugged = (name: string, memory: string) => ({
  guest: name,
  broken: async () => {
    const path = `/run/vmlane/guests/${name}/0.sock`;
    await running.lab.vmlane(...['switch', 'add', `${name}.0`, '--path', path, '--mac', OTHER]);
    await create(name, memory, onSwitch(name));
  },
  mended: async () => {
    await virsh('destroy', name);
    await running.lab.vmlane('switch', 'remove', `${name}.0`);
  },
});

/** Waits until the port of guest a has counted such drops. */
async function dropped(reason: keyof PortStats['drops'], fewest = 1): Promise<void> {
  const wait = { thing: 'port a.0', problem: `drops nothing: ${reason}`, remedy: 'see logs' };
  await until({ ...wait, ms: 30_000 }, async () => {
    const { client } = await host.reach();
    const { ports } = (await client?.stats('a.0')) ?? { ports: [] };
    return (ports[0]?.drops[reason] ?? 0) >= fewest || undefined;
  });
}

interface Row {
  /** Guest a by default. */
  guest?: string;
  broken: () => Promise<unknown>;
  /** While the doctor looks. */
  meanwhile?: () => Promise<unknown>;
  mended: () => Promise<unknown>;
  /** The step, a part of what it says, and one of its remedy. */
  says: [step: string, says: string, remedy: string];
}

/** A guard keeps back what a command sends. */
const guarded = (guards: string, command: string, address = '10.77.0.77') => ({
  broken: () => set('a.0', '--guards', guards, '--ip-addresses', address),
  meanwhile: () => run(command),
  mended: () => again(),
});

const PRIVATE: Row = {
  ...plugged('private', ''),
  says: ['definition', 'shared', 'virsh edit private'],
};
const ROWS: Record<string, Row> = {
  'it is off': {
    guest: 'c',
    broken: nothing,
    mended: async () => {
      c = await running.lab.start('c');
    },
    says: ['guest', 'c is shut off', 'vmlane domain start c'],
  },
  'it is paused': {
    broken: () => virsh('suspend', 'a'),
    mended: () => virsh('resume', 'a'),
    says: ['guest', 'a is paused', 'virsh resume'],
  },
  ...(isHere([11, 2]) ? {} : { 'its memory is private': PRIVATE }),
  'it has no NIC': {
    guest: 'alone',
    broken: () => create('alone', SHARED, ''),
    mended: () => virsh('destroy', 'alone'),
    says: ['nics', 'alone has no NIC', 'vmlane domain attach alone'],
  },
  'its NIC is not on the switch': {
    guest: 'user',
    broken: () =>
      create('user', SHARED, "<interface type='user'><model type='virtio'/></interface>"),
    mended: () => virsh('destroy', 'user'),
    says: ['nics', 'none of its 1 NICs', 'vmlane domain convert --domain user'],
  },
  'it has no driver': {
    ...plugged('bios', SHARED),
    says: ['driver', 'port bios.0 waits', 'virsh console bios'],
  },
  'its port was removed': {
    broken: () => running.lab.vmlane('switch', 'remove', 'a.0'),
    mended: async () => {
      await running.lab.vmlane(
        ...['switch', 'add', 'a.0', '--path', '/run/vmlane/guests/a/0.sock'],
      );
      await again();
    },
    says: ['port', 'the switch has no port a.0', 'vmlane hook install'],
  },
  'the port of a wrapped guest was removed': {
    guest: 'b',
    broken: () => running.lab.vmlane('switch', 'remove', b.name),
    mended: async () => {
      await running.lab.vmlane(...['switch', 'add', b.name, '--path', b.path]);
    },
    says: ['nics', 'qemu-wrap starts it, and none of its 1 NICs', 'vmlane domain start b'],
  },
  'its MAC was changed by hand': {
    broken: () => set('a.0', '--mac', '52:54:00:00:00:66'),
    mended: () => set('a.0', '--mac', '52:54:00:00:00:0a'),
    says: ['settings', 'mac of port a.0 is 52:54:00:00:00:66', 'vmlane switch set a.0 --mac'],
  },
  'its VLAN was changed by hand': {
    broken: () => set('a.0', '--vlan', '7'),
    mended: () => set('a.0', '--vlan', '0'),
    says: ['neighbours', 'nobody hears it in VLAN 7', 'vmlane switch ports'],
  },
  'its link is disabled': {
    broken: () => set('a.0', '--link', 'disable'),
    mended: () => set('a.0', '--link', 'auto'),
    says: ['link', 'the link of port a.0 is disabled', 'vmlane switch set a.0 --link auto'],
  },
  'its interface is down': {
    broken: async () => {
      await run(`${link} down`);
      await again();
    },
    mended: () => run(`${link} up`),
    says: ['sends', 'the guest has sent nothing', 'ip link set eth0 up'],
  },
  'it uses another MAC': {
    broken: async () => {
      await run(mac('66'));
      await again();
      await run(broadcasts(1));
      await dropped('spoofed');
    },
    mended: async () => {
      await run(mac('0a'));
      await again();
    },
    says: ['sends', 'dropped: spoofed', '--other-macs 1'],
  },
  'it uses another MAC now and then': {
    broken: nothing,
    meanwhile: async () => {
      await run(`${mac('66')}; ${broadcasts(1)}`);
      await run(mac('0a'));
    },
    mended: nothing,
    says: ['sends', 'dropped: spoofed', 'pinned: false'],
  },
  'its address is not the one that it may use': {
    ...guarded('ipv4', 'ping -c 5 -i 0.1 -W 1 10.77.0.2'),
    says: ['sends', 'dropped: spoofed_ip', '--ip-addresses'],
  },
  'its ARP has another address': {
    ...guarded('arp', broadcasts(5)),
    says: ['sends', 'dropped: spoofed_arp', '--ip-addresses'],
  },
  'it speaks IPv6 where only IPv4 may pass': {
    ...guarded('ipv4,arp,others', 'ping6 -c 5 -i 0.1 -W 1 -I eth0 ff02::1', '10.77.0.1'),
    says: ['sends', 'dropped: other_protocol', 'without others'],
  },
  'it is a DHCP server': {
    broken: async () => {
      await run(`printf 'start 10.77.0.50\\nend 10.77.0.60\\ninterface eth0\\n' >/tmp/u.conf
        mkdir -p /var/lib/misc; touch /var/lib/misc/udhcpd.leases; udhcpd /tmp/u.conf`);
      await set('a.0', '--guards', 'servers');
    },
    meanwhile: () => running.b.run('udhcpc -i eth0 -n -q -t 2 -T 1 -s /bin/true'),
    mended: async () => {
      await run('killall udhcpd');
      await again();
    },
    says: ['sends', 'dropped: rogue_server', 'leave out servers'],
  },
  'it floods': {
    broken: () => set('a.0', '--flood-limit', '10'),
    meanwhile: () => run(broadcasts(40)),
    mended: () => again(),
    says: ['sends', 'dropped: flood_limit', 'find the loop'],
  },
  'its frames are too long': {
    broken: () => run(`${link} mtu 9000`),
    meanwhile: () => run('ping -c 5 -i 0.1 -W 1 -s 4000 10.77.0.2'),
    mended: () => run(`${link} mtu 1500`),
    says: ['sends', 'dropped: too_long', 'lower the MTU in the guest'],
  },
  'more comes than its limit': {
    broken: async () => {
      await run('ping -c 1 10.77.0.2');
      await set('a.0', '--inbound', '1', '--inbound-burst', '1');
    },
    meanwhile: () =>
      running.b.run(
        'for i in $(seq 9); do ping -c 40 -i 0.01 -W 1 -s 1400 10.77.0.1 >/dev/null & done; wait',
      ),
    mended: () => again(),
    says: ['receives', 'dropped: rate_limit', '--inbound'],
  },
  'its port has the MAC of another guest': {
    guest: 'b',
    broken: async () => {
      await set(b.name, '--mac', '52:54:00:00:00:0a');
      await running.b.run(mac('0a'));
      await run(broadcasts(1));
    },
    meanwhile: () => running.b.run(broadcasts(3)),
    mended: async () => {
      await running.b.run(mac('0b'));
      await set(b.name, '--mac', '52:54:00:00:00:0b');
      await again();
    },
    says: ['neighbours', 'nobody hears it in no VLAN: spoofed at b.hostnet0', '--other-macs 1'],
  },
  'all others are in another VLAN': {
    broken: () => set(b.name, '--vlan', '9'),
    mended: () => set(b.name, '--vlan', '0'),
    says: ['neighbours', 'nobody hears it in no VLAN', 'vmlane switch ports'],
  },
  'nobody answers': {
    broken: async () => {
      await running.b.run(`${link} down`);
      await run(`${link} down`);
      await again();
      await run(`${link} up; ${broadcasts(2)}`);
    },
    mended: () => both(`${link} up`),
    says: ['receives', 'nothing has come for it', 'nobody answers'],
  },
  'its network is down on the host': {
    guest: 'c',
    broken: async () => {
      await c.run('ping -c 1 10.77.0.99');
      await execa('ip', ['link', 'set', 'vl-lan', 'down']);
    },
    mended: () => execa('ip', ['link', 'set', 'vl-lan', 'up']),
    says: ['network', 'between network lan and br-lab is down', 'ip link set vl-lan up'],
  },
  'the others are not there': {
    broken: () => running.lab.destroy('b'),
    mended: nothing,
    says: ['neighbours', 'nobody hears it in no VLAN', 'vmlane switch ports'],
  },
  'there is no switch': {
    broken: () => running.lab.vmlane('switch', 'stop'),
    mended: () => running.lab.startSwitch(),
    says: ['switch', 'no switch is running there', 'vmlane switch start'],
  },
};

/** By connections of its own, as a command's. */
async function diagnosis(guest: string, watch: () => Promise<unknown>) {
  const own = await connectHost();
  try {
    return await diagnoseGuest(own, guest, { watch });
  } finally {
    await own.close();
  }
}

describe('a guest without network', () => {
  if (isHere([11, 2])) {
    it('its memory is private: libvirt itself refuses it', async () => {
      await expect(PRIVATE.broken()).rejects.toThrow('requires shared memory');
      await running.lab.vmlane('switch', 'remove', 'private.0');
    });
  }
  it.each(Object.entries(ROWS))('%s', async (_, row) => {
    tellAllOnFailure();
    const { guest = 'a', broken, meanwhile = () => sleep(300), mended, says } = row;
    await broken();
    try {
      const found = await diagnosis(guest, meanwhile);
      const wrong = found.filter(({ ok }) => !ok);
      expect(wrong.map(({ step, says: it }) => `${step}: ${it}`)).toHaveLength(1);
      expect(wrong[0]).toEqual(found.at(-1));
      expect(wrong[0]).toMatchObject({
        step: says[0],
        says: expect.stringContaining(says[1]),
        remedy: expect.stringContaining(says[2]),
      });
    } finally {
      await mended();
    }
  });
});
