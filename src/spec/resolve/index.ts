import { labelBytes, sizeBytes } from '../../values/bytes.js';
import { cpuSet } from '../../values/cpu-set.js';
import { pciAddress } from '../../values/pci.js';
import type { Problem } from '../../values/problems.js';
import type {
  Cell,
  Cpu,
  Filesystem,
  Firmware,
  Graphics,
  Guest,
  Hostdev,
  Memory,
  Nic,
  Nvdimm,
  Pinning,
  Serial,
} from '../guest.js';
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
  const { title, emulator, boot, autostart, video, tablet, tpm, watchdog } = spec;
  const { vcpus, currentVcpus } = resolveVcpus(spec);
  const filesystems = spec.filesystems;
  return {
    name: spec.name,
    uuid,
    ...(title !== undefined && { title }),
    accel: spec.accel,
    machine: spec.machine,
    cpu: resolveCpu(spec, vcpus),
    vcpus,
    ...given({ currentVcpus }),
    cells: spec.numa.map(resolveCell),
    memory: resolveMemory(spec.memory, isShared(interfaces, filesystems)),
    nvdimms: spec.nvdimms.map(resolveNvdimm),
    iothreads: spec.iothreads,
    pinning: resolvePinning(spec, vcpus),
    cputune: given(spec.cputune ?? {}),
    ...(emulator !== undefined && { emulator }),
    firmware: resolveFirmware(spec.firmware),
    ...(boot !== undefined && { boot: given(boot) }),
    bootFrom: spec.bootFrom ?? (boot === undefined ? ['disk'] : []),
    features: given(spec.features ?? {}),
    clock: spec.clock,
    events: spec.events ?? { poweroff: 'destroy', reboot: 'restart', crash: 'destroy' },
    ...given({ autostart }),
    disks: resolveDisks(spec, uuid),
    interfaces,
    serials: spec.serials?.map(resolveSerial) ?? [{ type: 'pty' }],
    virtioConsole: spec.virtioConsole,
    ...(spec.agent !== false && { agent: spec.agent === true ? {} : spec.agent }),
    ...(spec.graphics !== undefined && { graphics: resolveGraphics(spec.graphics) }),
    ...given({ video, tablet, tpm, watchdog }),
    filesystems,
    hostdevs: spec.hostdevs.map(resolveHostdev),
  };
}

function resolveVcpus({ vcpus }: AcceptedSpec): { vcpus: number; currentVcpus?: number } {
  return typeof vcpus === 'number'
    ? { vcpus }
    : { vcpus: vcpus.maximum, currentVcpus: vcpus.current };
}

/** Another process maps the memory: the switch, or virtiofsd. */
function isShared(interfaces: readonly Nic[], filesystems: readonly Filesystem[]): boolean {
  return (
    interfaces.some((nic) => nic.type === 'vhost-user') ||
    filesystems.some(({ driver }) => driver === 'virtiofs')
  );
}

function resolveGraphics(graphics: NonNullable<AcceptedSpec['graphics']>): Graphics {
  return typeof graphics === 'string' ? { protocol: graphics } : given(graphics);
}

function resolveHostdev({ pci, usb = '', mdev }: AcceptedSpec['hostdevs'][number]): Hostdev {
  if (pci !== undefined) return { type: 'pci', address: pciAddress(pci) ?? pci };
  if (mdev !== undefined) return { type: 'mdev', uuid: mdev };
  const [vendor = '', product = ''] = usb.split(':');
  return { type: 'usb', vendor, product };
}

function resolveCpu({ cpu, accel }: AcceptedSpec, vcpus: number): Cpu {
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

function resolveMemory(memory: AcceptedSpec['memory'], shared: boolean): Memory {
  const said =
    typeof memory === 'string'
      ? { size: memory, hugepages: false as const, placement: 'strict' as const, locked: false }
      : memory;
  const { size, hugepages, placement, locked } = said;
  return {
    bytes: sizeBytes(size),
    ...(hugepages !== false && { pageBytes: sizeBytes(hugepages) }),
    ...('current' in said &&
      said.current !== undefined && { currentBytes: sizeBytes(said.current) }),
    shared,
    nodes: 'nodes' in said && said.nodes !== undefined ? set(said.nodes) : [],
    placement,
    locked,
  };
}

function resolveNvdimm(spec: AcceptedSpec['nvdimms'][number]): Nvdimm {
  const { path, size, label, cell, access, readonly, pmem } = spec;
  return {
    ...{ path, bytes: sizeBytes(size), cell, shared: access === 'shared', readonly, pmem },
    ...(label !== undefined && { labelBytes: labelBytes(label) }),
  };
}

function resolvePinning({ pinning }: AcceptedSpec, vcpus: number): Pinning {
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
