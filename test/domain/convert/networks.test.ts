import { describe, expect, it } from 'vitest';
import {
  convertDomain,
  type NetworkChoice,
  openDomain,
  revertDomain,
} from '../../../src/domain/index.js';

const nic = (inside: string, type = 'network') =>
  `<interface type='${type}'><mac address='52:54:00:00:00:01'/>${inside}<model type='virtio'/></interface>`;

function domain(...nics: string[]): string {
  const devices = nics.map((one, i) => one.replace(/01'/, `0${i + 1}'`)).join('');
  return `<domain type='kvm'><name>g</name><memory>65536</memory><devices>${devices}</devices></domain>`;
}

const DEFAULT = nic("<source network='default'/>");
const BRIDGE = nic("<source bridge='br0'/>", 'bridge');
const DIRECT = nic("<source dev='eth0' mode='bridge'/>", 'direct');
const ATTACHED = [
  { name: 'default', vlan: 4094, libvirt: 'default', bridge: 'virbr0' },
  { name: 'lan', vlan: 20, bridge: 'br0' },
];

const convert = (xml: string, networks: NetworkChoice, nics?: string[]) =>
  convertDomain(openDomain(xml), { networks, ...(nics && { nics }) });

const placed = (done: ReturnType<typeof convert>) => ({
  moved: done.nics.map(({ network, settings, lost }) => [network, settings.vlan, lost?.problem]),
  stays: done.stays.map(({ problem }) => problem),
});

describe('a NIC comes into the network of the switch', () => {
  it('that is attached to its own: of libvirt, or a bridge', () => {
    const done = convert(domain(DEFAULT, BRIDGE), { attached: ATTACHED, others: 'stay' });
    expect(placed(done)).toEqual({
      moved: [
        ['default', 4094, undefined],
        ['lan', 20, undefined],
      ],
      stays: [],
    });
    // Its port gets the VLAN, whoever starts it.
    expect(
      openDomain(done.xml)
        .portRequests()
        .map(({ vlan }) => vlan),
    ).toEqual([4094, 20]);
    expect(revertDomain(openDomain(done.xml)).xml).toBe(domain(DEFAULT, BRIDGE));
  });

  it("not by its network's name at the switch, or libvirt's bridge", () => {
    const other = [nic("<source network='lan'/>"), nic("<source bridge='virbr1'/>", 'bridge')];
    const done = convert(domain(...other), { attached: ATTACHED, others: 'stay' });
    expect(done.nics).toEqual([]);
    expect(done.xml).toBe(domain(...other));
    // Who names libvirt's bridge means the same network.
    const same = convert(domain(nic("<source bridge='virbr0'/>", 'bridge')), {
      ...{ attached: ATTACHED, others: 'stay' },
    });
    expect(placed(same).moved).toEqual([['default', 4094, undefined]]);
  });

  it('that is chosen for all of them, or none', () => {
    const xml = domain(
      DEFAULT,
      nic("<source bridge='br0'/><vlan><tag id='7'/></vlan>", 'bridge'),
      DIRECT,
    );
    const [, lan = null] = ATTACHED;
    expect(placed(convert(xml, { all: lan })).moved).toEqual(Array(3).fill(['lan', 20, undefined]));
    expect(placed(convert(xml, { all: null })).moved).toEqual([
      [undefined, undefined, undefined],
      [undefined, 7, undefined],
      [undefined, undefined, undefined],
    ]);
  });
});

const NOT_ATTACHED = [
  'the switch is not attached to its network default',
  'the switch is not attached to its bridge br0',
  'its network is not known (type direct, eth0)',
];

describe('a NIC whose network the switch is not attached to', () => {
  const xml = domain(DEFAULT, BRIDGE, DIRECT);

  it('stays, and one line says what attaches it', () => {
    const done = convert(xml, { attached: [], others: 'stay' });
    expect(done.xml).toBe(xml);
    expect(placed(done)).toEqual({ moved: [], stays: NOT_ATTACHED });
    expect(done.stays.map(({ remedy }) => remedy)).toEqual([
      'attach it: vmlane network add default --libvirt default, or choose one with --network',
      'attach it: vmlane network add br0 --bridge br0, or choose one with --network',
      'attach the switch to the bridge that leads there with vmlane network add, or choose one with --network',
    ]);
    expect(() => convert(xml, { attached: [], others: 'stay' }, ['1'])).toThrow(
      'NIC 1 (52:54:00:00:00:02): the switch is not attached to its bridge br0; attach it: vmlane network add br0',
    );
    const half = convert(xml, { attached: ATTACHED, others: 'stay' });
    expect(placed(half)).toEqual({
      moved: [
        ['default', 4094, undefined],
        ['lan', 20, undefined],
      ],
      stays: NOT_ATTACHED.slice(2),
    });
  });

  it('of a file that may be for another host is moved, and that is told', () => {
    const done = convert(xml, { attached: [], others: 'tell' });
    expect(placed(done)).toEqual({
      moved: NOT_ATTACHED.map((problem) => [undefined, undefined, problem]),
      stays: [],
    });
  });

  it.each(["it's", '-x', 'a b', '$(id)'])('is named so that a shell reads it: %s', (name) => {
    const escaped = name.replaceAll("'", '&apos;');
    const done = convert(domain(nic(`<source network='${escaped}'/>`)), {
      attached: [],
      others: 'stay',
    });
    const quoted = name.replaceAll("'", "'\\''");
    expect(done.stays[0]?.remedy).toContain(`vmlane network add NAME --libvirt '${quoted}',`);
  });
});

it('a NIC in a VLAN of its network stays, as the network at the switch carries none', () => {
  const xml = domain(nic("<source bridge='br0'/><vlan><tag id='7'/></vlan>", 'bridge'));
  for (const others of ['stay', 'tell'] as const) {
    const done = convert(xml, { attached: ATTACHED, others });
    expect(placed(done)).toEqual({
      moved: [],
      stays: ["it is in VLAN 7 of bridge br0, and the switch's network lan carries no VLANs"],
    });
  }
});
