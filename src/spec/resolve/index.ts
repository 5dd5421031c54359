import { sizeBytes } from '../../values/bytes.js';
import { cpuSet } from '../../values/cpu-set.js';
import type { Problem } from '../../values/problems.js';
import type { Cell, Cpu, Firmware, Guest, Memory, Nic, Pinning, Serial } from '../guest.js';
import type { Identities } from '../identities.js';
import type { HostLookup } from '../lookup.js';
import type { AcceptedSpec } from '../schema/index.js';
import { resolveDisks } from './disks.js';
import { given } from './given.js';
import { resolveNics } from './nics.js';

/**
 * Fills in the defaults that depend on other values, and what the host knows; puts what it does not
 * know on `problems`. Rules between values are checked afterwards (checks/).
 */
export function resolve(
  spec: AcceptedSpec,
  identities: Identities,
  host: HostLookup,
  problems: Problem[],
): Omit<Guest, 'said'> {
  const uuid = (spec.uuid ?? identities.uuid(spec.name)).toLowerCase();
  const interfaces = resolveNics(spec, identities, host, problems);
  const { title, emulator, boot } = spec;
  return {
    name: spec.name,
    uuid,
    ...(title !== undefined && { title }),
    accel: spec.accel,
    machine: spec.machine,
    cpu: resolveCpu(spec),
    vcpus: spec.vcpus,
    cells: spec.numa.map(resolveCell),
    memory: resolveMemory(spec.memory, interfaces),
    iothreads: spec.iothreads,
    pinning: resolvePinning(spec),
    ...(emulator !== undefined && { emulator }),
    firmware: resolveFirmware(spec.firmware),
    ...(boot !== undefined && { boot: given(boot) }),
    bootFrom: spec.bootFrom ?? (boot === undefined ? ['disk'] : []),
    disks: resolveDisks(spec, uuid),
    interfaces,
    serials: spec.serials?.map(resolveSerial) ?? [{ type: 'pty' }],
    virtioConsole: spec.virtioConsole,
    ...(spec.agent !== false && { agent: spec.agent === true ? {} : spec.agent }),
  };
}

function resolveCpu({ cpu, accel, vcpus }: AcceptedSpec): Cpu {
  const said = typeof cpu === 'object' ? cpu : { model: cpu };
  const wanted = said.model ?? (accel === 'kvm' ? 'host' : 'max');
  const kind: Cpu =
    wanted === 'host' || wanted === 'max'
      ? { mode: wanted, features: [] }
      : { mode: 'model', model: wanted, features: [] };
  if (!('sockets' in said)) return kind;
  const { sockets, threads, require, disable } = said;
  const cores = said.cores ?? vcpus / (sockets * threads);
  const plain = sockets === 1 && threads === 1 && said.cores === undefined;
  return {
    ...kind,
    ...(!plain && { topology: { sockets, cores, threads } }),
    features: [
      ...require.map((name) => ({ name, policy: 'require' as const })),
      ...disable.map((name) => ({ name, policy: 'disable' as const })),
    ],
  };
}

function resolveCell({ vcpus, memory, node }: AcceptedSpec['numa'][number]): Cell {
  return { vcpus: set(vcpus), bytes: sizeBytes(memory), ...(node !== undefined && { node }) };
}

function resolveMemory(memory: AcceptedSpec['memory'], interfaces: readonly Nic[]): Memory {
  const said =
    typeof memory === 'string'
      ? { size: memory, hugepages: false as const, placement: 'strict' as const, locked: false }
      : memory;
  const { size, hugepages, placement, locked } = said;
  return {
    bytes: sizeBytes(size),
    ...(hugepages !== false && { pageBytes: sizeBytes(hugepages) }),
    shared: interfaces.some((nic) => nic.type === 'vhost-user'),
    nodes: 'nodes' in said && said.nodes !== undefined ? set(said.nodes) : [],
    placement,
    locked,
  };
}

function resolvePinning({ pinning, vcpus }: AcceptedSpec): Pinning {
  const { vcpus: cpus, emulator, iothreads = [] } = pinning ?? {};
  const each = Array.isArray(cpus) ? cpus : Array.from({ length: vcpus }, () => cpus);
  return {
    vcpus: cpus === undefined ? [] : each.map((one) => set(one ?? '')),
    emulator: emulator === undefined ? [] : set(emulator),
    iothreads: iothreads.map(set),
  };
}

function resolveFirmware(firmware: AcceptedSpec['firmware']): Firmware {
  if (firmware === 'bios') return { type: 'bios' };
  if (firmware === 'uefi') return { type: 'uefi', secureBoot: false };
  return { type: 'uefi', ...given(firmware) };
}

function resolveSerial({ file, socket }: NonNullable<AcceptedSpec['serials']>[number]): Serial {
  if (file !== undefined) return { type: 'file', path: file };
  if (socket !== undefined) return { type: 'socket', path: socket };
  return { type: 'pty' };
}

/** A set that the schema has accepted. */
function set(text: string | number): number[] {
  const numbers = cpuSet(text);
  if (numbers === undefined) throw new TypeError(`${text} passed the schema as a set`);
  return numbers;
}
