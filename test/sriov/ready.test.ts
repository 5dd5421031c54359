/** What must hold before a guest can have a VF, one thing at a time. */
import { expect, test } from 'vitest';
import { openDomain } from '../../src/domain/index.js';
import { findVf } from '../../src/sriov/find.js';
import { readSurroundings } from '../../src/sriov/host.js';
import { readiness, type Surroundings } from '../../src/sriov/ready.js';
import { readDomainUses } from '../../src/sriov/users/domains.js';
import { usesOf } from '../../src/sriov/users/uses.js';
import { readPfs } from '../../src/system/devices/vfs.js';
import { type FamilyName, inTree } from './tree.js';

function surroundings<T>(family: FamilyName, name: string, use: (at: Surroundings) => T) {
  return inTree(family, async (root) => {
    const pfs = readPfs(root);
    const vf = findVf(pfs, name, root);
    const pf = pfs.find(({ address }) => address === vf.pf);
    if (!pf) throw new Error('no PF');
    return use(await readSurroundings(vf, pf, new Map(), root));
  });
}

test('a VF that a guest can have', () =>
  surroundings('82599', 'ens2f1/0', (at) => {
    expect(readiness(at).map(({ name, state, found }) => `${name}: ${state}: ${found}`)).toEqual([
      'iommu: ok: group 25',
      'kernel command line: ok: iommu=pt',
      'group: ok: the VF alone',
      'driver: ok: vfio-pci',
      'device files: ok: /dev/vfio/25',
      'free: ok: nobody uses it',
      'PF: ok: ens2f1 is up',
      'MAC: ok: 52:54:00:99:00:01',
      'VLAN: ok: none',
    ]);
  }));

const other = { address: '0000:02:1f.0', vendor: '8086', device: '10ed', bridge: false, nets: [] };
type Change = (at: Surroundings) => Partial<Surroundings>;

test.each<[string, Change, string, string]>([
  ['iommu', ({ vf: { group: _, ...vf } }) => ({ vf }), 'no IOMMU', 'intel_iommu=on iommu=pt'],
  ['kernel command line', () => ({ cmdline: ['ro'] }), 'no iommu=pt', 'boot with iommu=pt'],
  [
    'group',
    (at) => ({ members: [at.vf, { ...other, driver: 'ixgbevf' }] }),
    'not viable: it also has 0000:02:1f.0 with ixgbevf',
    'vmlane sriov bind 0000:02:10.1 --group',
  ],
  ['driver', (at) => ({ vf: { ...at.vf, driver: 'ixgbevf' } }), 'it is with ixgbevf', 'sriov bind'],
  ['driver', ({ vf: { driver: _, ...vf } }) => ({ vf }), 'no driver', "managed='yes'"],
  ['device files', () => ({ missing: ['/dev/vfio/25'] }), '/dev/vfio/25 missing', 'modprobe'],
  [
    'free',
    () => ({ uses: [{ by: 'guest web1', active: true, remedy: 'virsh shutdown web1' }] }),
    'in use by guest web1',
    'virsh shutdown web1',
  ],
  [
    'PF',
    (at) => ({ pf: { ...at.pf, nets: at.pf.nets.map((net) => ({ ...net, up: false })) } }),
    'ens2f1 is down: its VFs have no link',
    'ip link set ens2f1 up',
  ],
  ['PF', (at) => ({ pf: { ...at.pf, nets: [] } }), 'nobody can set the VF', 'driver, ixgbe'],
  [
    'PF',
    (at) => ({ pf: { ...at.pf, driver: 'vfio-pci', nets: [] } }),
    'the VF opens with a VF token only',
    'QEMU 8.1 takes vf-token=UUID',
  ],
  [
    'MAC',
    (at) => ({ settings: settingsOf(at, { mac: '00:00:00:00:00:00' }) }),
    'none is set',
    'vmlane sriov vf ens2f1 0 --mac',
  ],
  [
    'MAC',
    (at) => ({ settings: new Map([...at.settings, [7, first(at)]]) }),
    '52:54:00:99:00:01 is also that of VF 7',
    'vmlane sriov vf ens2f1 0 --mac',
  ],
  [
    'link',
    (at) => ({ settings: settingsOf(at, { state: 'disable' }) }),
    "the PF has turned the VF's link off",
    'vmlane sriov vf ens2f1 0 --link auto',
  ],
])('%s', (name, change, found, remedy) =>
  surroundings('82599', 'ens2f1/0', (at) => {
    const bad = readiness({ ...at, ...change(at) }).filter(({ state }) => state !== 'ok');
    expect(bad.map((one) => one.name)).toEqual([name]);
    expect(bad[0]?.found).toContain(found);
    expect(bad[0]?.remedy).toContain(remedy);
    const works = name === 'kernel command line' || found.includes('VF token');
    expect(bad[0]?.state).toBe(works ? 'warning' : 'failed');
  }),
);

function first(at: Surroundings) {
  const settings = at.settings.get(0);
  if (!settings) throw new Error('no settings');
  return settings;
}

function settingsOf(at: Surroundings, change: Partial<ReturnType<typeof first>>) {
  return new Map([[0, { ...first(at), ...change }]]);
}

test('bridges, free functions and others with vfio-pci do not stand in the way', () =>
  surroundings('82599', 'ens2f1/0', (at) => {
    const members = [
      at.vf,
      { ...other, bridge: true, driver: 'x' },
      other,
      { ...other, driver: 'vfio-pci' },
    ];
    expect(readiness({ ...at, members }).find(({ name }) => name === 'group')?.state).toBe('ok');
  }));

test("nfp's firmware: a link that leads elsewhere is told", () =>
  surroundings('nfp', 'enp2s0np0/0', (at) => {
    const firmware = readiness(at).find(({ name }) => name === 'firmware');
    expect(firmware).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('nic_AMDA0058-0012_2x40.nffw is not SR-IOV firmware'),
      remedy: expect.stringContaining('nic-sriov/*'),
    });
    const good = readiness({ ...at, firmware: [] }).find(({ name }) => name === 'firmware');
    expect(good?.state).toBe('ok');
  }));

const ADDRESS = "<source><address domain='0x0000' bus='0x02' slot='0x10' function='0x1'/></source>";
const domain = (devices: string) =>
  `<domain><name>web1</name><devices>${devices}</devices></domain>`;

test.each([
  [`<interface type='hostdev' managed='yes'>${ADDRESS}</interface>`, ['0000:02:10.1']],
  [`<hostdev mode='subsystem' type='pci'>${ADDRESS}</hostdev>`, ['0000:02:10.1']],
  [`<interface type='bridge'>${ADDRESS}</interface><hostdev type='usb'>${ADDRESS}</hostdev>`, []],
])('addresses of a domain: %s', (devices, found) => {
  const { hostDevices } = openDomain(domain(devices));
  expect(hostDevices.map(({ address }) => address)).toEqual(found);
});

test('a domain that runs uses its VF; one that is off only names it; QEMU is not told twice', async () => {
  const xml = async () => domain(`<interface type='hostdev'>${ADDRESS}</interface>`);
  const states = { web1: 'running', web2: 'shut off', web3: 'paused' } as const;
  const list = async () => Object.entries(states).map(([name, state]) => ({ name, state }));
  const domains = await readDomainUses({ list, xml });
  const device = { ...other, address: '0000:02:10.1', group: '25' };
  const vfio = new Map([['25', [{ pid: 9, program: 'qemu', guest: 'web1' }]]]);
  const uses = usesOf(device, { vfio, domains, elsewhere: new Map() });
  expect(uses.map(({ by, active }) => [by, active])).toEqual([
    ['guest web1 (process 9)', true],
    ['domain web3', true],
    ['domain web2 (off)', false],
  ]);
});
