/**
 * Why has my guest no network? Set-ups that are broken for real at a real switch, each of which the doctor has to
 * name. libvirt is a stand-in, which only has the guest's XML and state: with a real one there would be a guest
 * to boot for each row.
 */
import { describe, expect, it } from 'vitest';
import { allGroups } from '../../src/cli/commands/index.js';
import { select } from '../../src/cli/parser.js';
import { DROP_REASONS } from '../../src/contract/bounds.js';
import { RECEIVER, SENDER } from '../../src/guests/doctor/steps.js';
import { type Diagnosed, type DoctorHost, diagnoseGuest } from '../../src/guests/index.js';
import type { PortChange } from '../../src/switch/index.js';
import { type Bench, type PortOptions, useBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import { arp, dhcp, ipv4 } from './packets.js';

const WEB = { mac: mac(1), ip: '10.0.0.1', ip6: 'fd00::1' };
const DB = { mac: mac(2), ip: '10.0.0.2', ip6: 'fd00::2' };

interface Guest {
  state?: string;
  /** Its memory, and its NICs; the usual by default. */
  memory?: string;
  nics?: string;
  /** It may use other MACs than its own. */
  trusts?: true;
}

const SHARED = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";

function xmlOf(bench: Bench, { memory = SHARED, nics, trusts }: Guest): string {
  const nic = `<interface type='vhostuser'${trusts ? " trustGuestRxFilters='yes'" : ''}><mac address='${WEB.mac}'/>
    <source type='unix' path='${bench.path('web1.0')}' mode='server'/>
    <model type='virtio'/></interface>`;
  return `<domain type='qemu'><name>web1</name><uuid>7ac0c5cd-8d0e-4f44-9b0e-0a4b2b2b2b2b</uuid>
    <memory unit='MiB'>64</memory>${memory}<vcpu>1</vcpu>
    <os><type arch='x86_64' machine='q35'>hvm</type></os>
    <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${nics ?? nic}</devices></domain>`;
}

function hostOf(bench: Bench, guest: Guest): DoctorHost {
  const info = { name: 'web1', uuid: '', state: guest.state ?? 'running' };
  const libvirt = {
    list: async () => [info],
    xml: async () => xmlOf(bench, guest),
    state: async () => info.state,
  };
  return {
    libvirt: libvirt as unknown as DoctorHost['libvirt'],
    reach: async () => ({ client: bench.client }),
  };
}

/** web1 and db on the switch, which have talked to each other. */
async function plugged(bench: Bench, db: PortOptions = {}): Promise<void> {
  await bench.plug(['web1.0']);
  await bench.plug(['db'], db);
  await sets(bench, OWN);
}

/** As the definition has it. */
const OWN = { mac: WEB.mac, vlan: 0, isolated: 0, guards: null, ip_addresses: null };

async function talked(bench: Bench): Promise<void> {
  await bench.guests.send('web1.0', [frame({ to: BROADCAST, from: WEB.mac })]);
  await bench.guests.send('db', [frame({ to: WEB.mac, from: DB.mac })]);
}

const sends = (bench: Bench, ...frames: string[]) => bench.guests.send('web1.0', frames);
const sets = (bench: Bench, change: Omit<PortChange, 'name'>) =>
  bench.client.setPort({ name: 'web1.0', ...change });

/** A frame that such a port keeps back, whose definition says nothing of that. */
const sent = (change: Omit<PortChange, 'name'>, bytes: string) => async (bench: Bench) => {
  await plugged(bench);
  await sets(bench, change);
  await sends(bench, bytes);
  await sets(bench, OWN);
};

interface Row {
  guest?: Guest;
  /** What is done to the bench, on which nothing is yet. */
  broken: (bench: Bench) => Promise<unknown>;
  /** And while the doctor looks. */
  meanwhile?: (bench: Bench) => Promise<unknown>;
  /** The step, and a part of what it says and of its remedy. */
  step: string;
  says: string;
  remedy: string;
}

const nothing = async () => undefined;

const ROWS: Record<string, Row> = {
  'it is off': {
    guest: { state: 'shut off' },
    broken: nothing,
    step: 'guest',
    says: 'web1 is shut off',
    remedy: 'vmlane domain start web1',
  },
  'it is paused': {
    guest: { state: 'paused' },
    broken: nothing,
    step: 'guest',
    says: 'web1 is paused',
    remedy: 'virsh resume',
  },
  'its memory is private': {
    guest: { memory: '' },
    broken: nothing,
    step: 'definition',
    says: 'shared',
    remedy: 'virsh edit web1',
  },
  'it has no NIC': {
    guest: { nics: '' },
    broken: nothing,
    step: 'nics',
    says: 'web1 has no NIC',
    remedy: 'vmlane domain attach web1',
  },
  'its NIC is on a bridge': {
    guest: {
      nics: "<interface type='bridge'><source bridge='br0'/><model type='virtio'/></interface>",
    },
    broken: nothing,
    step: 'nics',
    says: 'none of its 1 NICs is on the switch',
    remedy: 'vmlane domain convert --domain web1',
  },
  'its port was removed': {
    broken: nothing,
    step: 'port',
    says: 'the switch has no port web1.0',
    remedy: 'vmlane hook install',
  },
  'its MAC was changed by hand': {
    broken: async (bench) => {
      await plugged(bench);
      await sets(bench, { mac: mac(66) });
    },
    step: 'settings',
    says: `mac of port web1.0 is ${mac(66)}, and the definition says ${WEB.mac}`,
    remedy: `vmlane switch set web1.0 --mac ${WEB.mac}`,
  },
  'QEMU is not connected': {
    broken: async (bench) => {
      await bench.add('web1.0');
      await sets(bench, OWN);
    },
    step: 'driver',
    says: 'port web1.0 waits',
    remedy: 'virsh console web1',
  },
  'its link is disabled': {
    broken: async (bench) => {
      await plugged(bench);
      await sets(bench, { link: 'disable' });
    },
    step: 'link',
    says: 'the link of port web1.0 is disabled',
    remedy: 'vmlane switch set web1.0 --link auto',
  },
  'its interface is down in the guest': {
    broken: plugged,
    step: 'sends',
    says: 'the guest has sent nothing',
    remedy: 'ip link set eth0 up',
  },
  'it uses another MAC': {
    broken: async (bench) => {
      await plugged(bench);
      await sends(bench, frame({ to: BROADCAST, from: mac(66) }));
    },
    step: 'sends',
    says: 'dropped: spoofed',
    remedy: '--other-macs 1',
  },
  'it has a VLAN interface at an access port': {
    broken: sent({ vlan: 5 }, frame({ to: BROADCAST, from: WEB.mac, tags: [7] })),
    step: 'sends',
    says: 'dropped: vlan_tagged',
    remedy: '--vlan-mode trunk',
  },
  'its address is not the one that it may use': {
    broken: sent(
      { mac: WEB.mac, guards: 'ipv4', ip_addresses: WEB.ip },
      ipv4({ from: { ...WEB, ip: '10.0.0.77' }, to: DB }),
    ),
    step: 'sends',
    says: 'dropped: spoofed_ip',
    remedy: '--ip-addresses',
  },
  'its ARP has another address': {
    broken: sent(
      { mac: WEB.mac, guards: 'arp', ip_addresses: WEB.ip },
      arp({ from: { ...WEB, ip: '10.0.0.77' }, asks: DB.ip }),
    ),
    step: 'sends',
    says: 'dropped: spoofed_arp',
    remedy: '--ip-addresses',
  },
  'it is a DHCP server': {
    broken: sent(
      { mac: WEB.mac, guards: 'servers' },
      dhcp({ from: WEB, type: 'ack', to: DB } as never),
    ),
    step: 'sends',
    says: 'dropped: rogue_server',
    remedy: 'leave out servers',
  },
  'it speaks another protocol': {
    broken: sent(
      { mac: WEB.mac, guards: 'others' },
      frame({ to: BROADCAST, from: WEB.mac, type: 0x88cc }),
    ),
    step: 'sends',
    says: 'dropped: other_protocol',
    remedy: 'without others',
  },
  'it floods now': {
    broken: async (bench) => {
      await plugged(bench);
      await talked(bench);
      await sets(bench, { flood_limit: 10 });
    },
    meanwhile: (bench) =>
      sends(bench, ...Array.from({ length: 30 }, () => frame({ to: BROADCAST, from: WEB.mac }))),
    step: 'sends',
    says: 'dropped: flood_limit',
    remedy: 'find the loop',
  },
  'it uses another MAC now and then': {
    broken: async (bench) => {
      await plugged(bench);
      await talked(bench);
    },
    meanwhile: (bench) => sends(bench, frame({ to: BROADCAST, from: mac(66) })),
    step: 'sends',
    says: '1 frames were dropped: spoofed',
    remedy: 'pinned: false',
  },
  'more comes than its limit': {
    broken: async (bench) => {
      await plugged(bench);
      await talked(bench);
      await sets(bench, { inbound: 1, inbound_burst: 1 });
    },
    meanwhile: (bench) =>
      bench.guests.send(
        'db',
        Array.from({ length: 250 }, () => frame({ to: WEB.mac, from: DB.mac, length: 1500 })),
      ),
    step: 'receives',
    says: 'dropped: rate_limit',
    remedy: '--inbound',
  },
  'another guest has its MAC': {
    broken: async (bench) => {
      await plugged(bench);
      await talked(bench);
      await bench.client.setPort({ name: 'db', mac: WEB.mac });
      await bench.guests.send('db', [frame({ to: BROADCAST, from: WEB.mac })]);
    },
    step: 'address',
    says: `its MAC ${WEB.mac} is in use at port db`,
    remedy: 'two guests have one MAC',
  },
  'it is alone': {
    broken: async (bench) => {
      await bench.plug(['web1.0']);
      await sets(bench, OWN);
      await sends(bench, frame({ to: BROADCAST, from: WEB.mac }));
    },
    step: 'neighbours',
    says: 'nobody hears it in no VLAN: no_port at web1.0',
    remedy: 'vmlane network add',
  },
  'all others are in another VLAN': {
    broken: async (bench) => {
      await plugged(bench, { vlan: 9 });
      await sends(bench, frame({ to: BROADCAST, from: WEB.mac }));
    },
    step: 'neighbours',
    says: 'nobody hears it in no VLAN',
    remedy: 'vmlane switch ports',
  },
  'all others are as isolated as it is': {
    broken: async (bench) => {
      await plugged(bench);
      for (const name of ['web1.0', 'db']) await bench.client.setPort({ name, isolated: 1 });
      await talked(bench);
    },
    step: 'sends',
    says: 'dropped: isolated',
    remedy: '--isolated 0',
  },
  'the other one is not there': {
    broken: async (bench) => {
      await plugged(bench);
      await sends(bench, frame({ to: BROADCAST, from: WEB.mac }));
      await bench.guests.close('db');
      await expect
        .poll(async () => (await bench.client.ports()).find(({ name }) => name === 'db')?.state)
        .toBe('waiting');
    },
    step: 'neighbours',
    says: 'nobody hears it',
    remedy: 'vmlane switch ports',
  },
  'nobody answers': {
    broken: async (bench) => {
      await plugged(bench);
      await sends(bench, frame({ to: BROADCAST, from: WEB.mac }));
    },
    step: 'receives',
    says: 'nothing has come for it',
    remedy: 'nobody answers',
  },
};

const groups = await allGroups();

/** Each `vmlane …` of a remedy is a command, with options that it has. */
function expectCommands(remedy: string): void {
  for (const [, words = ''] of remedy.matchAll(/vmlane ([\w.:,/-]+(?: [\w.:,/-]+)*)/g)) {
    const line = words.replace(/[,:.]?$/, '').replace(/, .*$/, '');
    expect([line, select(line.split(' '), groups).kind]).toEqual([line, 'run']);
  }
}

it('remedies for drops are commands, and every reason that means trouble has one', () => {
  for (const remedies of [SENDER, RECEIVER])
    for (const remedy of Object.values(remedies)) expectCommands(remedy('web1.0'));
  const sides = Object.entries(DROP_REASONS).map(([reason, { side }]) => [reason, side] as const);
  const without = (side: string, table: object) =>
    sides.filter(([reason, one]) => one === side && !(reason in table)).map(([reason]) => reason);
  // Nobody is there, or the frame need not go anywhere; frames too short are nobody's network.
  expect(without('sender', SENDER)).toEqual(['same_port', 'too_short', 'no_port']);
  expect(without('receiver', RECEIVER)).toEqual(['not_ready', 'link_down', 'interface_down']);
});

describe('a guest without network', () => {
  const theBench = useBench();

  it.each(Object.entries(ROWS))(
    '%s',
    async (_, { guest = {}, broken, meanwhile = nothing, ...expected }) => {
      const bench = theBench();
      await broken(bench);
      const said = await diagnoseGuest(hostOf(bench, guest), 'web1', {
        watch: () => meanwhile(bench),
      });
      const wrong = said.filter(({ ok }) => !ok);
      expect(wrong.map(({ step, says }) => `${step}: ${says}`)).toHaveLength(1);
      const { step, says, remedy } = wrong[0] as Diagnosed;
      expect(step).toBe(expected.step);
      expect(says).toContain(expected.says);
      expect(remedy).toContain(expected.remedy);
      expect(said.at(-1)).toBe(wrong[0]);
      expectCommands(remedy ?? '');
    },
  );

  it('and one that has: each step says what is right', async () => {
    const bench = theBench();
    await plugged(bench);
    await talked(bench);
    const said = await diagnoseGuest(hostOf(bench, {}), 'web1', { watch: nothing });
    expect(said.map(({ step, ok }) => `${step} ${ok}`)).toEqual(
      [
        'guest',
        'definition',
        'switch',
        'nics',
        'port',
        'settings',
        'driver',
        'link',
        'sends',
        'address',
        'neighbours',
        'receives',
      ].map((step) => `${step} true`),
    );
  });

  it('whose switch does not answer', async () => {
    const bench = theBench();
    const host = { ...hostOf(bench, {}), reach: async () => ({ why: 'nobody listens' }) };
    const said = await diagnoseGuest(host, 'web1', { watch: nothing });
    expect(said.at(-1)).toMatchObject({ step: 'switch', ok: false, says: 'nobody listens' });
  });
});
