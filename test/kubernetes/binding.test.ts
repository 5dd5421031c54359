/** KubeVirt's network binding plugin: NICs of claims in the guest's domain. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { until } from '../../lab/poll.js';
import { SWITCH_SETTINGS } from '../../src/contract/bounds.js';
import { openDomain } from '../../src/domain/domain.js';
import { memoryTrouble } from '../../src/domain/pluggable.js';
import { defineDomain } from '../../src/kubernetes/binding/service.js';
import { boundNicsOf } from '../../src/kubernetes/binding/vmi.js';
import { metadataPath } from '../../src/kubernetes/names.js';
import { serviceOf } from '../../src/kubernetes/rpc.js';
import { packageRoot } from '../../src/switch/paths.js';
import { askSchema } from '../../src/system/xmllint.js';
import { errorText, InvalidInput } from '../../src/values/errors.js';
import { call } from './kubelet.js';

const DATA = join(import.meta.dirname, '../data');
const DOMAIN = readFileSync(join(DATA, 'convert/kubevirt.xml'), 'utf8');
const SCHEMA = '/usr/share/libvirt/schemas/domain.rng';
const folder = mkdtempSync(join(tmpdir(), 'vmlane-binding-'));
afterAll(() => rmSync(folder, { recursive: true }));
const BINDING = { name: 'vmlane', driver: 'vmlane.io', metadata: join(folder, 'meta') };

/** A VMI with a NIC of ours among others. */
function vmi(nic: object = {}, spec: object = {}, devices: object = {}): string {
  const interfaces = [
    { name: 'default', masquerade: {} },
    { name: 'fast', binding: { name: 'vmlane' }, macAddress: '02:00:00:00:00:02', ...nic },
  ];
  const networks = [
    { name: 'default', pod: {} },
    { name: 'fast', resourceClaim: { claimName: 'net', requestName: 'port' } },
  ];
  const resourceClaims = [{ name: 'net', resourceClaimTemplateName: 'vmlane-lan' }];
  const cpu = { cores: 2, sockets: 2, threads: 1 };
  const domain = { cpu, devices: { interfaces, ...devices } };
  return JSON.stringify({
    kind: 'VirtualMachineInstance',
    spec: { domain, networks, resourceClaims, ...spec },
  });
}

/** As the driver writes them. */
function metadata(attributes: object, more: object[] = []): string {
  const device = { driver: BINDING.driver, pool: 'worker-0', name: 'lan-0', attributes };
  const requests = [{ name: 'port', devices: [device, ...more] }];
  return JSON.stringify({
    kind: 'DeviceMetadata',
    apiVersion: 'metadata.resource.k8s.io/v1alpha1',
    requests,
  });
}

const GOOD = {
  'vhost-user-path': { string: '/var/run/vmlane/net/port/vhost.sock' },
  mtu: { int: 1500 },
};

function put(
  text: string,
  claim: { name: string; podClaim?: string } = { name: '', podClaim: 'net' },
) {
  const file = metadataPath(BINDING.driver, claim, 'port', BINDING.metadata);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

describe('the domain', () => {
  it('has no more queue pairs than the switch takes', () => {
    const most = SWITCH_SETTINGS.queue_limit.max;
    const queues = (cores: number) => {
      const cpu = { cores, sockets: 1, threads: 1 };
      const text = JSON.parse(vmi({}, {}, { networkInterfaceMultiqueue: true }));
      text.spec.domain.cpu = cpu;
      return boundNicsOf(JSON.stringify(text), 'vmlane').map((one) => one.queues);
    };
    expect([queues(most), queues(most + 1)]).toEqual([[most], [most]]);
  });

  it("has the NIC behind the pod's own, and shared memory", async () => {
    put(metadata(GOOD));
    const devices = { networkInterfaceMultiqueue: true };
    const nic = { pciAddress: '0000:05:00.0', acpiIndex: 101, bootOrder: 2 };
    const text = defineDomain(DOMAIN, vmi(nic, {}, devices), BINDING);
    await expect(text).toMatchFileSnapshot(join(DATA, 'kubernetes/bound.xml'));
    const domain = openDomain(text);
    expect(memoryTrouble(domain)).toBeUndefined();
    expect(domain.vhostUserInterfaces.map(({ path, mode }) => [path, mode])).toEqual([
      ['/var/run/vmlane/net/port/vhost.sock', 'server'],
    ]);
    expect(await askSchema(text, SCHEMA)).toEqual({ errors: [] });
    // Asked again, as for a migration, it is the same.
    expect(defineDomain(text, vmi(nic, {}, devices), BINDING)).toBe(text);
  });

  it('has a NIC without a MAC, one that is down, and legacy ones', () => {
    put(metadata(GOOD));
    const text = defineDomain(
      DOMAIN,
      vmi({ macAddress: '', state: 'down' }, {}, { useVirtioTransitional: true }),
      BINDING,
    );
    expect(text).toMatch(/<link state="down"\/>/);
    expect(text).toMatch(/<model type="virtio-transitional"\/>/);
    expect(text.match(/<mac /g)).toHaveLength(1);
  });

  it("has the port's MAC, and that alone", () => {
    const mac = '02:00:00:00:00:0a';
    put(metadata({ ...GOOD, mac: { string: mac } }));
    for (const macAddress of ['', undefined, mac.toUpperCase()]) {
      const text = defineDomain(DOMAIN, vmi({ macAddress }), BINDING);
      expect(text.toLowerCase()).toContain(`<mac address="${mac}"/>`);
    }
  });

  it('takes a claim that the guest names itself', () => {
    put(metadata(GOOD), { name: 'shared' });
    const resourceClaims = [{ name: 'net', resourceClaimName: 'shared' }];
    expect(defineDomain(DOMAIN, vmi({}, { resourceClaims }), BINDING)).toMatch(/ua-fast/);
  });
});

/** A good VMI beside metadata like these. */
function beside(text: string): string {
  put(text);
  return vmi();
}

const REFUSED: [string, () => string][] = [
  ['a VMI that is no JSON', () => 'kind: VirtualMachineInstance'],
  ['a VMI without a spec', () => '{}'],
  ['no NIC of ours', () => vmi({ binding: { name: 'passt' } })],
  ['a NIC with a name that is XML', () => vmi({ name: "fast'/>" })],
  ['a NIC of another model', () => vmi({ model: 'e1000' })],
  ['a MAC that is none', () => vmi({ macAddress: '02:00' })],
  ['a PCI address that is none', () => vmi({ pciAddress: '5' })],
  ['a network that is missing', () => vmi({}, { networks: [] })],
  ['a network of no claim', () => vmi({}, { networks: [{ name: 'fast', multus: {} }] })],
  [
    'a claim that is a path',
    () =>
      vmi(
        {},
        {
          networks: [{ name: 'fast', resourceClaim: { claimName: '../..', requestName: 'port' } }],
        },
      ),
  ],
  ['a claim that the guest has not', () => vmi({}, { resourceClaims: [] })],
  [
    'a claim whose name is a path',
    () => vmi({}, { resourceClaims: [{ name: 'net', resourceClaimName: '../../etc' }] }),
  ],
  [
    'a request that is not prepared',
    () =>
      vmi(
        {},
        { networks: [{ name: 'fast', resourceClaim: { claimName: 'net', requestName: 'other' } }] },
      ),
  ],
  ['metadata that are no JSON', () => beside('{')],
  ['metadata without an MTU', () => beside(metadata({ ...GOOD, mtu: undefined }))],
  ['metadata with an MTU as text', () => beside(metadata({ ...GOOD, mtu: { string: '1500' } }))],
  ['metadata with a small MTU', () => beside(metadata({ ...GOOD, mtu: { int: 60 } }))],
  ['metadata without a path', () => beside(metadata({ mtu: { int: 1500 } }))],
  [
    'metadata with a path that is relative',
    () => beside(metadata({ ...GOOD, 'vhost-user-path': { string: 'vhost.sock' } })),
  ],
  [
    'metadata with a path that goes up',
    () => beside(metadata({ ...GOOD, 'vhost-user-path': { string: '/var/run/../x' } })),
  ],
  [
    'metadata with a path that is too long',
    () => beside(metadata({ ...GOOD, 'vhost-user-path': { string: `/${'x'.repeat(107)}` } })),
  ],
  [
    "a MAC that is not its port's",
    () => beside(metadata({ ...GOOD, mac: { string: '02:00:00:00:00:0a' } })),
  ],
  [
    'metadata with a MAC that is XML',
    () => beside(metadata({ ...GOOD, mac: { string: "02:00:00:00:00:0a'/>" } })),
  ],
  ['metadata of two devices', () => beside(metadata(GOOD, [{ attributes: GOOD }]))],
];

test('each mistake has its line', async () => {
  const lines = REFUSED.map(([what, make]) => {
    const said = make();
    try {
      defineDomain(DOMAIN, said, BINDING);
    } catch (error) {
      expect(error, what).toBeInstanceOf(InvalidInput);
      return `${what}\n  ${errorText(error).replaceAll(folder, '')}\n`;
    }
    throw new Error(`${what}: was accepted`);
  });
  await expect(lines.join('')).toMatchFileSnapshot(join(DATA, 'kubernetes/refused-guests.txt'));
});

test('memory that nobody can read is refused', () => {
  put(metadata(GOOD));
  const sev = DOMAIN.replace('<devices>', '<launchSecurity type="sev"/><devices>');
  expect(() => defineDomain(sev, vmi(), BINDING)).toThrow(/its memory is encrypted/);
});

test('as a program, it answers virt-launcher and ends when that says so', async () => {
  put(metadata(GOOD));
  const hooks = join(folder, 'hooks');
  mkdirSync(hooks);
  // KubeVirt's is an emptyDir.
  chmodSync(hooks, 0o777);
  const program = join(packageRoot(), 'dist/kubernetes/vmlane-binding.cjs');
  const words = [program, '--hooks-folder', hooks, '--metadata-folder', BINDING.metadata];
  const child: ChildProcess = spawn(process.execPath, words, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const socket = join(hooks, 'vmlane.sock');
  const deadline = { thing: 'vmlane-binding', problem: 'is not there', remedy: '', ms: 20_000 };
  await until(deadline, async () => existsSync(socket) || undefined);
  const info = serviceOf('info', 'kubevirt.hooks.info.Info');
  expect(await call(socket, info, 'Info', {})).toEqual({
    ...{ name: 'network-vmlane-binding', versions: ['v1alpha3'] },
    hookPoints: [
      { name: 'OnDefineDomain', priority: 0 },
      { name: 'Shutdown', priority: 0 },
    ],
  });
  const service = serviceOf('hooks', 'kubevirt.hooks.v1alpha3.Callbacks');
  const request = { domainXML: Buffer.from(DOMAIN), vmi: Buffer.from(vmi()) };
  const { domainXML } = await call<{ domainXML: Buffer }>(
    socket,
    service,
    'OnDefineDomain',
    request,
  );
  expect(domainXML.toString()).toBe(defineDomain(DOMAIN, vmi(), BINDING));
  const bad = { ...request, vmi: Buffer.from('{}') };
  await expect(call(socket, service, 'OnDefineDomain', bad)).rejects.toThrow(
    /^3 INVALID_ARGUMENT: VMI: /,
  );
  const cloudInitData = Buffer.from('{"a":1}');
  expect(await call(socket, service, 'PreCloudInitIso', { cloudInitData })).toMatchObject({
    cloudInitData,
  });
  await call(socket, service, 'Shutdown', {});
  expect(await ended).toEqual([0, null]);
  expect(existsSync(socket)).toBe(false);
});
