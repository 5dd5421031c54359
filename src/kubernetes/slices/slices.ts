/** ResourceSlices: the pool of a node as the scheduler sees it. Pure. */
import type { V1Device, V1ResourceSlice } from '@kubernetes/client-node';
import { type Device, SLICE_DEVICES } from './devices.js';

/** Whose they are. */
export interface PoolOwner {
  driver: string;
  node: string;
  /** The node object, which they go with. */
  nodeUid: string;
  /** The node's NUMA node that the switch's processors are in; undefined: in several, or unknown. */
  numaNode: number | undefined;
}

/** The standard one, for constraints across drivers. Source: StandardDeviceAttributeNUMANode, deviceattribute. */
const STANDARD_NUMA = 'resource.kubernetes.io/numaNode';

/** What is to be done so that the API server has these slices and no others. */
export interface SliceChanges {
  create: V1ResourceSlice[];
  replace: V1ResourceSlice[];
  /** Names. */
  remove: string[];
}

/** A pool of no devices has one slice, too: the scheduler sees that the driver is there. */
export function sliceChanges(
  devices: readonly Device[],
  owner: PoolOwner,
  present: readonly V1ResourceSlice[],
): SliceChanges {
  const groups: V1Device[][] = [];
  const all = devices.map((one) => deviceOf(one, owner.numaNode));
  for (let at = 0; at < Math.max(all.length, 1); at += SLICE_DEVICES)
    groups.push(all.slice(at, at + SLICE_DEVICES));
  const newest = Math.max(0, ...present.map(({ spec }) => spec.pool.generation));
  const wanted = (generation: number) =>
    groups.map((group, i) => sliceOf(group, i, groups.length, generation, owner));
  if (newest > 0 && isSame(wanted(newest), present)) return { create: [], replace: [], remove: [] };
  // A scheduler that sees slices of two generations waits for the rest of the newer one.
  const slices = wanted(newest + 1);
  const nameOf = ({ metadata }: V1ResourceSlice) => metadata?.name ?? '';
  const versions = new Map(
    present.map((one) => [nameOf(one), one.metadata?.resourceVersion] as const),
  );
  const names = new Set(slices.map(nameOf));
  return {
    create: slices.filter((one) => !versions.has(nameOf(one))),
    replace: slices
      .filter((one) => versions.has(nameOf(one)))
      .map((one) => {
        const resourceVersion = versions.get(nameOf(one));
        return {
          ...one,
          metadata: { ...one.metadata, ...(resourceVersion && { resourceVersion }) },
        };
      }),
    remove: [...versions.keys()].filter((name) => !names.has(name)),
  };
}

function sliceOf(
  devices: V1Device[],
  index: number,
  count: number,
  generation: number,
  { driver, node, nodeUid }: PoolOwner,
): V1ResourceSlice {
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceSlice',
    metadata: {
      name: `${node}-${driver}-${index}`,
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: node, uid: nodeUid, controller: true },
      ],
    },
    spec: {
      driver,
      nodeName: node,
      pool: { name: node, generation, resourceSliceCount: count },
      devices,
    },
  };
}

/** Without a mode: a network of the switch is one VLAN, and its ports are access ports. */
function deviceOf({ name, network }: Device, numaNode: number | undefined): V1Device {
  return {
    name,
    attributes: {
      network: { string: network.name },
      vlan: { _int: network.vlan },
      mtu: { _int: network.mtu },
      ...(numaNode !== undefined && {
        numaNode: { _int: numaNode },
        [STANDARD_NUMA]: { _int: numaNode },
      }),
    },
  };
}

/**
 * The server adds to what it was given: only what we say counts. The generation does: where a replacement has failed,
 * slices are of two, which a scheduler waits for.
 */
function isSame(wanted: readonly V1ResourceSlice[], present: readonly V1ResourceSlice[]): boolean {
  if (wanted.length !== present.length) return false;
  return wanted.every((one) => {
    const there = present.find(({ metadata }) => metadata?.name === one.metadata?.name);
    return there !== undefined && text(there) === text(one);
  });
}

function text({ spec, metadata }: V1ResourceSlice): string {
  const devices = (spec.devices ?? []).map(({ name, attributes = {} }) => [
    name,
    Object.keys(attributes)
      .sort()
      .map((key) => [key, attributes[key]?.string, attributes[key]?._int]),
  ]);
  const { driver, nodeName, pool } = spec;
  const owners = metadata?.ownerReferences?.map(({ uid }) => uid);
  const { name, generation, resourceSliceCount } = pool;
  return JSON.stringify([driver, nodeName, name, generation, resourceSliceCount, owners, devices]);
}
