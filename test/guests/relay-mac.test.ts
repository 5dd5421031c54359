/** A guest on a relay onto a VF has the VF's MAC, or is refused before anything is changed. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { relayMacFact } from '../../src/guests/relay-vfs.js';
import { startGuest } from '../../src/guests/start.js';
import { runHook } from '../../src/hook/run.js';
import { vmlane } from '../cli/test-io.js';
import { domainXml } from '../hook/xml.js';
import { inTree } from '../sriov/tree.js';
import { FakePorts } from '../switch/fake-ports.js';
import { withPorts } from '../switch/with-ports.js';
import { fakeHost } from './fake-host.js';

/** VF 0 of ens2f1 in the tree of the 82599, and its MAC there. */
const VF = '0000:02:10.1';
const ITS = '52:54:00:99:00:01';
const OTHER = '52:54:00:00:00:0a';
/** VF 0 of ens2f0, for which nobody has set a MAC. */
const UNSET = '0000:02:10.0';
const PATH = '/run/vmlane/guests/3/0.sock';

const nic = (mac: string) =>
  `<interface type='vhostuser'><mac address='${mac}'/><source type='unix' path='${PATH}' mode='client'/><model type='virtio'/></interface>`;

/** A relay, as the switch has it. */
function relay(device: string): FakePorts {
  return new FakePorts([
    { name: 'relay:3.vf', path: '', device, relay: '3' },
    { name: 'relay:3.vm', path: PATH, listener: 'switch', relay: '3' },
  ]);
}

/** Replaces settings of the VF with a MAC in the tree's ip-link.json. */
function setVf(root: string, settings: Record<string, unknown>): void {
  const file = join(root, 'ip-link.json');
  const links = JSON.parse(readFileSync(file, 'utf8'));
  Object.assign(links[1].vfinfo_list[0], settings);
  writeFileSync(file, JSON.stringify(links));
}

const wanted = [{ name: 'web.0', path: PATH, listener: 'switch' as const }];
const domain = (mac: string | undefined) => ({
  nics: [{ type: 'vhostuser', source: PATH, mac, index: 0 }] as never,
});
const factOf = async (root: string, device: string, mac: string | undefined) =>
  relayMacFact({ domain: domain(mac), wanted, ports: relay(device).list }, { root });

const DROPS = `has the MAC ${OTHER}, and the VF ${VF} has ${ITS}: the card drops frames from another`;
const REMEDY = `give the NIC ${ITS}, or: vmlane sriov vf ens2f1 0 --mac ${OTHER}, and restart the switch`;

describe('the MAC', () => {
  test.each<[what: string, vf: Record<string, unknown>, mac: string, problem: string | null]>([
    ['is the VF’s', {}, ITS, null],
    ['is not, and the card checks', {}, OTHER, 'the card drops frames from another'],
    ['is checked though trusted', { trust: true }, OTHER, 'the card drops frames from another'],
    ['is unchecked', { spoofchk: false }, OTHER, 'the card brings no frames for another'],
    [
      'is unchecked and trusted, on an 82599',
      { spoofchk: false, trust: true },
      OTHER,
      'the card brings no frames for another',
    ],
    ['is not set', { address: '00:00:00:00:00:00' }, OTHER, null],
    ['is in upper case', { address: ITS.toUpperCase() }, ITS, null],
  ])('%s', (_what, vf, mac, problem) =>
    inTree('82599', async (root) => {
      setVf(root, vf);
      const fact = await factOf(root, VF, mac);
      expect(fact?.problem ?? null).toEqual(problem && expect.stringContaining(problem));
    }),
  );

  /** The VF of that tree whose MAC is set, on a card whose driver grants trusted VFs all, or not. */
  test.each([
    ['igb', '8086:1521', '0x1003', false],
    ['igb', '8086:1521', '0x1103', false],
    ['ixgbe', '8086:1563', '0x1003', false],
    ['ixgbe', '8086:1563', '0x1103', true],
    ['i40e', '8086:1572', '0x1003', true],
    ['mlx5_core', '15b3:101d', '0x1003', true],
  ])(
    'is any for a trusted and unchecked VF of %s, %s with flags %s: %s',
    (driver, id, flags, any) =>
      inTree('82599', async (root) => {
        setVf(root, { spoofchk: false, trust: true });
        const pf = join(root, 'sys/bus/pci/devices/0000:02:00.1');
        const [vendor, device] = id.split(':');
        rmSync(join(pf, 'driver'));
        symlinkSync(`../../drivers/${driver}`, join(pf, 'driver'));
        writeFileSync(join(pf, 'vendor'), `0x${vendor}\n`);
        writeFileSync(join(pf, 'device'), `0x${device}\n`);
        writeFileSync(join(pf, 'net/ens2f1/flags'), `${flags}\n`);
        expect((await factOf(root, VF, OTHER)) === null).toBe(any);
      }),
  );

  test('is said with both MACs, and what changes either', () =>
    inTree('82599', async (root) => {
      expect(await factOf(root, '02:10.1', OTHER)).toEqual({
        problem: `NIC 0 of relay 3 ${DROPS}`,
        remedy: REMEDY,
      });
      expect(await factOf(root, VF, undefined)).toEqual({
        problem: `NIC 0 of relay 3 has no MAC, so libvirt chooses one, and the VF ${VF} has ${ITS}: the card drops frames from another`,
        remedy: `give the NIC ${ITS}`,
      });
    }));

  test('is that of each member of a bond; the command for it is one that runs', () =>
    inTree('82599', async (root) => {
      const bond = `bond:mode=1,members=${UNSET}+${VF}`;
      const fact = await factOf(root, bond, OTHER);
      expect(fact?.problem).toContain(`the bond's VF ${VF} has ${ITS}`);
      const command = 'sriov vf ens2f1 0 --mac 52:54:00:00:00:0a --bond';
      expect(fact?.remedy).toContain(`vmlane ${command}`);
      const own = 'sriov vf ens2f0 0 --mac 52:54:00:99:00:01';
      const dry = ['--dry-run', '--root', root];
      expect((await vmlane([...own.split(' '), ...dry])).status).toBe(2);
      for (const line of [command, `${own} --bond`])
        expect((await vmlane([...line.split(' '), ...dry])).status).toBe(0);
    }));

  test.each([
    ['a device that is no VF', '0000:02:00.0'],
    ['a device that is not PCI', 'net_ring3'],
    ['a VF that is not there', '0000:7f:00.1'],
  ])('of %s is nobody’s', (_what, device) =>
    inTree('82599', async (root) => expect(await factOf(root, device, OTHER)).toBeNull()),
  );

  test('of a VF whose PF is the switch’s is not known', () =>
    inTree('82599', async (root) => {
      writeFileSync(join(root, 'ip-link.json'), '[]');
      expect(await factOf(root, VF, OTHER)).toBeNull();
    }));

  test('asked for without a definition is judged by the request', () =>
    inTree('82599', async (root) => {
      const ports = relay(VF).list;
      const of = (more: object) =>
        relayMacFact({ wanted: [{ name: 'w', path: PATH, ...more }], ports }, { root });
      expect(await of({})).toBeNull();
      expect((await of({ mac: OTHER }))?.problem).toBe(`the NIC on ${PATH} of relay 3 ${DROPS}`);
    }));
});

describe('a wrong one is refused, and nothing is changed, by', () => {
  const message = `domain web: NIC 0 of relay 3 ${DROPS}; ${REMEDY}`;

  test('startGuest', () =>
    inTree('82599', async (root) => {
      const start = async (mac: string) => {
        const ports = relay(VF);
        const started: string[] = [];
        const xml = domainXml('web', [nic(mac)]);
        const libvirt = {
          ...{ xml: async () => xml, state: async () => 'shut off' as const },
          start: async (name: string) => void started.push(name),
        };
        const before = structuredClone(ports.list);
        const refused = await startGuest(fakeHost(libvirt, ports, root), 'web').then(
          () => undefined,
          (error: Error) => error.message,
        );
        return { refused, started, changed: JSON.stringify(ports.list) !== JSON.stringify(before) };
      };
      expect(await start(OTHER)).toEqual({ refused: message, started: [], changed: false });
      expect(await start(ITS)).toMatchObject({ refused: undefined, started: ['web'] });
    }));

  test('the hook', () =>
    inTree('82599', async (root) => {
      const ports = relay(VF);
      await withPorts(ports, async (socket) => {
        const settings = { switch: socket, socketDirs: ['/run/vmlane/guests'] };
        const call = (mac: string) =>
          runHook(settings, ['web', 'prepare', 'begin', '-'], domainXml('web', [nic(mac)]), root);
        const before = structuredClone(ports.list);
        await expect(call(OTHER)).rejects.toThrow(message);
        expect(ports.list).toEqual(before);
        await call(ITS);
      });
    }));

  test('domain validate, as a rule of its own; a VF without a MAC is a warning', () =>
    inTree('82599', async (root) => {
      const put = (path: string, text: string) => {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      };
      const found = async (device: string, mac: string) => {
        put('etc/vmlane/switch.yaml', `relay: {3: "${device}"}\n`);
        put('web.xml', domainXml('web', [nic(mac)]));
        const words = ['domain', 'validate', join(root, 'web.xml'), '--root', root, '--json'];
        const { out } = await vmlane(words);
        return JSON.parse(out).filter(({ rule }: { rule: string }) => rule === 'relay-mac');
      };
      expect(await found(VF, ITS)).toEqual([]);
      expect(await found(VF, OTHER)).toMatchObject([
        {
          level: 'error',
          path: 'devices/interface/mac',
          problem: `the NIC of relay 3 ${DROPS}`,
          remedy: REMEDY,
        },
      ]);
      expect(await found(UNSET, OTHER)).toMatchObject([
        {
          level: 'warning',
          problem: `the VF ${UNSET} has no MAC set, so its driver draws one, and the card may drop frames from another`,
          remedy: `vmlane sriov vf ens2f0 0 --mac ${OTHER}, and restart the switch`,
        },
      ]);
    }));
});
