import { InvalidInput } from '../../values/errors.js';
import type { MemoryLayout } from '../../values/memory-regions.js';
import { parseSize } from '../../values/size.js';
import type { Host } from '../host.js';
import { type Argument, propertiesOf } from '../syntax/arguments.js';
import { get, isOn } from '../syntax/properties.js';
import { type MachineRam, ramOf, usualMachine } from './machines.js';

/** Where the guest's RAM comes from. */
export interface GuestMemory {
  /** The -object arguments that are guest RAM. */
  backends: ReadonlySet<Argument>;
  /** Set when QEMU would allocate the RAM itself, out of the switch's reach. */
  anonymous?: AnonymousRam;
}

/** RAM without a backend object, and the object that must replace it. */
export interface AnonymousRam {
  /** The machine's own name for its RAM, kept for saved states and migration; ours if that is not known. */
  id: string;
  /** The machine's own name is not known. */
  renamed?: true;
  bytes: number;
  /** `-mem-path`, if given. */
  path?: string;
  /** `-mem-prealloc` is given. */
  prealloc: boolean;
  /** The -machine argument to extend; undefined: none. */
  machine?: Argument;
}

/** memory-backend-ram has no descriptor to pass to the switch, shared or not. */
export function isShared(object: Argument): boolean {
  const properties = propertiesOf(object);
  return get(properties, 'qom-type') !== 'memory-backend-ram' && isOn(get(properties, 'share'));
}

const RAM_OBJECTS: ReadonlySet<string> = new Set([
  'memory-backend-file',
  'memory-backend-memfd',
  'memory-backend-ram',
]);

/** Devices that plug RAM. nvdimm is storage: sharing it would write through to its file. */
const RAM_DEVICES: ReadonlySet<string> = new Set(['pc-dimm', 'virtio-mem-pci', 'virtio-mem-ccw']);

/** Devices whose memory is a file, which the guest sees as memory without its being plugged as RAM. */
const FILE_DEVICES: ReadonlySet<string> = new Set(['nvdimm', 'virtio-pmem-pci']);
const REGION_DEVICES: ReadonlySet<string> = new Set([...RAM_DEVICES, ...FILE_DEVICES]);

/** QEMU rounds RAM up to this. Source: set_memory_options in softmmu/vl.c. */
const GRANULE = 8192;

/**
 * `mustShare`: another process has to reach the RAM. An encrypted guest's RAM cannot be shared; it
 * stays unchanged if it need not be. @throws InvalidInput if it must, and for a broken -m
 */
export function findMemory(
  list: readonly Argument[],
  mustShare: boolean,
  { architecture }: Host = {},
): GuestMemory {
  const machines = all(list, 'machine');
  const encryption = encryptionOf(machines);
  if (encryption !== undefined && mustShare) refuseEncrypted(encryption);
  if (encryption !== undefined) return { backends: new Set() };
  const machineRam = lastValue(machines, 'memory-backend');
  const nodes = nodeObjects(list);
  const plugged = all(list, 'device')
    .filter((one) => RAM_DEVICES.has(get(propertiesOf(one), 'driver') ?? ''))
    .flatMap((one) => get(propertiesOf(one), 'memdev') ?? []);
  const used = new Set([...nodes, ...plugged, ...(machineRam ? [machineRam] : [])]);
  const objects = all(list, 'object');
  const backends = new Set(
    objects.filter(
      (one) =>
        used.has(get(propertiesOf(one), 'id') ?? '') &&
        RAM_OBJECTS.has(get(propertiesOf(one), 'qom-type') ?? ''),
    ),
  );
  if (machineRam !== undefined || nodes.length > 0) return { backends };
  const ram = ramOf(architecture, lastValue(machines, 'type'));
  const machine = machines.at(-1);
  const path = all(list, 'mem-path').at(-1)?.value;
  const anonymous = {
    id: freeId(ram.id ?? UNNAMED, objects),
    bytes: ramBytes(all(list, 'm'), ram),
    ...(ram.id === undefined && { renamed: true as const }),
    prealloc: list.some((one) => one.option === 'mem-prealloc'),
    ...(path !== undefined && { path }),
    ...(machine !== undefined && { machine }),
  };
  return { backends, anonymous };
}

/** Memory objects that some argument makes the guest's RAM, or could. */
export function memoryObjects(list: readonly Argument[]): Argument[] {
  return all(list, 'object').filter((one) =>
    RAM_OBJECTS.has(get(propertiesOf(one), 'qom-type') ?? ''),
  );
}

/** Whether another process could not reach all of the RAM. @throws InvalidInput for a broken -m */
export function isPrivate(list: readonly Argument[]): boolean {
  const { backends, anonymous } = findMemory(list, false);
  return anonymous !== undefined || [...backends].some((one) => !isShared(one));
}

/** Paths of files that a switch gets to see as memory beside the RAM. */
export function memoryFiles(list: readonly Argument[]): string[] {
  const ids = new Set(
    all(list, 'device')
      .map(propertiesOf)
      .filter((one) => FILE_DEVICES.has(get(one, 'driver') ?? ''))
      .map((one) => get(one, 'memdev')),
  );
  return memoryObjects(list)
    .map(propertiesOf)
    .flatMap((one) => (ids.has(get(one, 'id')) ? (get(one, 'mem-path') ?? []) : []));
}

/**
 * What its memory regions depend on: nodes with a memory object each, the devices, and the machine. Nodes with a size
 * only (`mem=`, or none) divide the machine's one RAM, which stays in one piece (seen with 7.2: info mtree).
 */
export function memoryLayout(list: readonly Argument[], { architecture }: Host = {}): MemoryLayout {
  const sizes = new Map(
    all(list, 'object').map((one) => {
      const properties = propertiesOf(one);
      return [get(properties, 'id'), parseSize(get(properties, 'size') ?? '', 'b') ?? 0];
    }),
  );
  const cells = nodeObjects(list).map((id) => sizes.get(id) ?? 0);
  const plugged = all(list, 'device').filter((one) =>
    REGION_DEVICES.has(get(propertiesOf(one), 'driver') ?? ''),
  ).length;
  const machine = lastValue(all(list, 'machine'), 'type') ?? usualMachine(architecture) ?? 'none';
  return {
    machine,
    cells: cells.length > 0 ? cells : [ramBytes(all(list, 'm'), ramOf(architecture, machine))],
    plugged,
  };
}

/** Whether it has NUMA nodes, with memory objects or without. */
export function hasNodes(list: readonly Argument[]): boolean {
  return all(list, 'numa').some((one) => get(propertiesOf(one), 'type') === 'node');
}

/** Ids of the nodes' memory objects. */
function nodeObjects(list: readonly Argument[]): string[] {
  return all(list, 'numa').flatMap((one) => get(propertiesOf(one), 'memdev') ?? []);
}

/** RAM of a machine whose name for it is not known. */
const UNNAMED = 'vmlane-ram';

function freeId(id: string, objects: readonly Argument[]): string {
  const taken = objects.some((one) => get(propertiesOf(one), 'id') === id);
  return taken ? `vmlane-${id}` : id;
}

function ramBytes(options: readonly Argument[], machine: MachineRam): number {
  const text = lastValue(options, 'size');
  if (text === undefined) return machine.bytes;
  const bytes = parseSize(text, 'm');
  if (bytes === undefined) {
    throw new InvalidInput({
      thing: `-m ${text}`,
      problem: 'this is not a memory size',
      remedy: 'write MiB or a size with a suffix, such as 2G',
    });
  }
  return bytes === 0 ? machine.bytes : Math.ceil(bytes / GRANULE) * GRANULE;
}

/** `key=value` of the machine property that encrypts the RAM. */
function encryptionOf(machines: readonly Argument[]): string | undefined {
  return ['confidential-guest-support', 'memory-encryption']
    .filter((key) => lastValue(machines, key))
    .map((key) => `${key}=${lastValue(machines, key)}`)[0];
}

function refuseEncrypted(encryption: string): never {
  throw new InvalidInput({
    thing: `-machine ${encryption}`,
    problem: 'encrypted guest memory cannot be shared with the switch',
    remedy: 'remove launchSecurity from the guest or use its usual emulator',
  });
}

function all(list: readonly Argument[], option: string): Argument[] {
  return list.filter((argument) => argument.option === option);
}

function lastValue(list: readonly Argument[], key: string): string | undefined {
  return list.flatMap((one) => get(propertiesOf(one), key) ?? []).at(-1);
}
