/** Devices and slices of a node, and what the runtime is told of a claim. */
import type { V1ResourceSlice } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { cdiFile, cdiIds, cdiSpec, uidOfCdiFile } from '../../src/kubernetes/cdi.js';
import type { PlannedClaim } from '../../src/kubernetes/claims/plan.js';
import { metadataOf, readMetadata } from '../../src/kubernetes/metadata.js';
import { devicesOf, labelOf } from '../../src/kubernetes/slices/devices.js';
import { numaNodeOf } from '../../src/kubernetes/slices/networks.js';
import { sliceChanges } from '../../src/kubernetes/slices/slices.js';

const OWNER = { driver: 'vmlane.io', node: 'worker-0', nodeUid: 'node-uid', numaNode: 1 };
const LAN = { name: 'lan', vlan: 100, mtu: 1500 };

/** As the API server would keep what was made. */
function kept(slices: V1ResourceSlice[], version: string): V1ResourceSlice[] {
  return slices.map((one) => ({ ...one, metadata: { ...one.metadata, resourceVersion: version } }));
}

test('a device has what a claim selects by', () => {
  const { create, replace, remove } = sliceChanges(devicesOf([LAN], 2), OWNER, []);
  expect([replace, remove]).toEqual([[], []]);
  expect(create).toMatchObject([
    {
      metadata: {
        name: 'worker-0-vmlane.io-0',
        ownerReferences: [{ kind: 'Node', uid: 'node-uid' }],
      },
      spec: {
        ...{ driver: 'vmlane.io', nodeName: 'worker-0' },
        pool: { name: 'worker-0', generation: 1, resourceSliceCount: 1 },
      },
    },
  ]);
  expect(create[0]?.spec.devices?.[1]).toEqual({
    name: 'lan-1',
    attributes: {
      network: { string: 'lan' },
      vlan: { _int: 100 },
      mtu: { _int: 1500 },
      numaNode: { _int: 1 },
      'resource.kubernetes.io/numaNode': { _int: 1 },
    },
  });
});

test('what is there stays; what changes is a new generation of all slices', () => {
  const many = devicesOf([LAN], 200);
  const first = kept(sliceChanges(many, OWNER, []).create, '7');
  expect(first.map(({ spec }) => [spec.devices?.length, spec.pool.resourceSliceCount])).toEqual([
    [128, 2],
    [72, 2],
  ]);
  expect(sliceChanges(many, OWNER, first)).toEqual({ create: [], replace: [], remove: [] });
  // The network carries more, and then there are fewer devices.
  const wider = sliceChanges(devicesOf([{ ...LAN, mtu: 9000 }], 200), OWNER, first);
  expect(
    wider.replace.map(({ metadata, spec }) => [metadata?.resourceVersion, spec.pool.generation]),
  ).toEqual([
    ['7', 2],
    ['7', 2],
  ]);
  const fewer = sliceChanges(devicesOf([LAN], 2), OWNER, first);
  expect([fewer.create.length, fewer.replace.length, fewer.remove]).toEqual([
    0,
    1,
    ['worker-0-vmlane.io-1'],
  ]);
  const none = sliceChanges([], { ...OWNER, numaNode: undefined }, first);
  expect(none.replace[0]?.spec.devices).toEqual([]);
  // The node was made anew: its slices go with its object.
  expect(sliceChanges(many, { ...OWNER, nodeUid: 'other' }, first).replace).toHaveLength(2);
});

test('a pool of which only a part was replaced is replaced again', () => {
  const many = devicesOf([LAN], 200);
  const first = kept(sliceChanges(many, OWNER, []).create, '7');
  // Only the first slice has another content: its first device.
  const wanted = devicesOf([{ ...LAN, name: 'aaa' }], 1).concat(many.slice(1));
  const [replaced, failed] = sliceChanges(wanted, OWNER, first).replace;
  expect(failed?.spec.devices).toEqual(first[1]?.spec.devices);
  const mixed = [...kept(replaced ? [replaced] : [], '8'), ...first.slice(1)];
  const again = sliceChanges(wanted, OWNER, mixed).replace;
  expect(again.map(({ spec }) => spec.pool.generation)).toEqual([3, 3]);
  expect(sliceChanges(wanted, OWNER, kept(again, '9')).replace).toEqual([]);
});

test.each([
  ['lan', 'lan'],
  ['LAN', /^lan-[0-9a-f]{6}$/],
  ['a.b', /^a-b-[0-9a-f]{6}$/],
  ['a_b', /^a-b-[0-9a-f]{6}$/],
  ['9', '9'],
  ['x'.repeat(59), /^x+-[0-9a-f]{6}$/],
])('the network %s has devices named after it', (network, label) => {
  expect(labelOf(network)).toMatch(label);
  const [device] = devicesOf([{ ...LAN, name: network }], 1000).slice(-1);
  expect(device?.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
});

test('names that differ in what a label has not are apart', () => {
  expect(new Set(['a.b', 'a_b', 'A-b', 'a-b', 'a-B'].map(labelOf)).size).toBe(5);
});

test('the NUMA node is that of all processors of the switch', () => {
  const on = (...nodes: (number | undefined)[]) =>
    numaNodeOf({
      lcores: nodes.map((node, i) => ({
        lcore: i,
        cpu: i,
        ports: 0,
        ...(node !== undefined && { node }),
      })),
    });
  expect([on(1, 1), on(0), on(0, 1), on(undefined), on(undefined, 0)]).toEqual([
    1,
    0,
    undefined,
    undefined,
    undefined,
  ]);
});

const UID = '7d3f0a52-5f0e-4f55-9d0b-2f6c8e1a0b11';

function claim(...requests: string[]): PlannedClaim {
  const ports = requests.map((request, i) => ({
    ...{ request, pool: 'worker-0', device: `lan-${i}`, network: 'lan', mtu: 1500 },
    ...{ folder: `/run/vmlane/claims/${UID}/${i}`, podFolder: `/var/run/vmlane/net/${i}` },
    port: { name: `claim:${UID}.${i}`, path: `/run/vmlane/claims/${UID}/${i}/vhost.sock` },
  }));
  return { namespace: 'default', name: 'web-net-x', uid: UID, podClaim: 'net', ports };
}

test('the runtime mounts the folder of each socket, and the metadata of each request once', () => {
  const two = claim('a', 'a', 'b/large');
  expect(cdiSpec('vmlane.io', '/run/vmlane/claims', two)).toMatchObject({
    cdiVersion: '0.5.0',
    kind: 'vmlane.io/port',
    devices: [
      {
        name: `${UID}-0`,
        containerEdits: {
          mounts: [
            {
              hostPath: `/run/vmlane/claims/${UID}/0`,
              containerPath: '/var/run/vmlane/net/0',
              options: ['rw', 'bind', 'nosuid', 'nodev', 'noexec'],
            },
          ],
        },
      },
      { name: `${UID}-1` },
      { name: `${UID}-2` },
      {
        name: `${UID}-metadata-0`,
        containerEdits: {
          mounts: [
            {
              hostPath: `/run/vmlane/claims/${UID}/metadata-0.json`,
              containerPath:
                '/var/run/kubernetes.io/dra-device-attributes/resourceclaimtemplates/net/a/vmlane.io-metadata.json',
              options: ['ro', 'bind', 'nosuid', 'nodev', 'noexec'],
            },
          ],
        },
      },
      { name: `${UID}-metadata-1` },
    ],
  });
  const ids = two.ports.map((port) => cdiIds('vmlane.io', two, port));
  expect(ids).toEqual([
    [`vmlane.io/port=${UID}-0`, `vmlane.io/port=${UID}-metadata-0`],
    [`vmlane.io/port=${UID}-1`],
    [`vmlane.io/port=${UID}-2`, `vmlane.io/port=${UID}-metadata-1`],
  ]);
  expect(uidOfCdiFile('vmlane.io', cdiFile('vmlane.io', UID))).toBe(UID);
  expect(uidOfCdiFile('vmlane.io', 'nvidia.com-gpu.json')).toBeUndefined();
});

test('programs in the pod read what KEP-5304 says', () => {
  expect(metadataOf('vmlane.io', claim('a', 'b/large'), 'b')).toEqual({
    kind: 'DeviceMetadata',
    apiVersion: 'metadata.resource.k8s.io/v1alpha1',
    metadata: { name: 'web-net-x', namespace: 'default', uid: UID, generation: 1 },
    podClaimName: 'net',
    requests: [
      {
        name: 'b/large',
        devices: [
          {
            ...{ driver: 'vmlane.io', pool: 'worker-0', name: 'lan-1' },
            attributes: {
              'vhost-user-path': { string: '/var/run/vmlane/net/1/vhost.sock' },
              mtu: { int: 1500 },
              network: { string: 'lan' },
            },
          },
        ],
      },
    ],
  });
});

test('the metadata have the MAC that a port is pinned to, for the binding plugin', () => {
  const pinned = claim('a');
  for (const one of pinned.ports) one.port.mac = '02:00:00:00:00:01';
  const read = (of: typeof pinned) =>
    readMetadata(JSON.stringify(metadataOf('vmlane.io', of, 'a')), 'metadata').mac;
  expect(read(pinned)).toBe('02:00:00:00:00:01');
  expect(read(claim('a'))).toBeUndefined();
});
