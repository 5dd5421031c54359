import { sizeBytes } from './bytes.js';
import { formatOf, targets } from './disks.js';
import type { Cpu, Disk, Guest, KernelBoot, Memory, Nic, Serial } from './guest.js';
import type { Identities } from './identities.js';
import type { AcceptedSpec } from './schema.js';

/** Fills in the defaults that depend on other values. Rules between values are checked afterwards (checks.ts). */
export function resolve(spec: AcceptedSpec, identities: Identities): Guest {
  const interfaces = spec.interfaces.map((nic, index) =>
    resolveNic(spec.name, nic, index, identities),
  );
  return {
    name: spec.name,
    uuid: (spec.uuid ?? identities.uuid(spec.name)).toLowerCase(),
    accel: spec.accel,
    machine: spec.machine,
    cpu: resolveCpu(spec),
    vcpus: spec.vcpus,
    memory: resolveMemory(spec.memory, interfaces),
    ...(spec.emulator !== undefined && { emulator: spec.emulator }),
    firmware: spec.firmware,
    ...(spec.boot !== undefined && { boot: resolveBoot(spec.boot) }),
    disks: resolveDisks(spec.disks),
    interfaces,
    serials: spec.serials?.map(resolveSerial) ?? [{ type: 'pty' }],
    agent: spec.agent,
  };
}

function resolveNic(
  name: string,
  nic: AcceptedSpec['interfaces'][number],
  index: number,
  identities: Identities,
): Nic {
  const mac = (nic.mac ?? identities.mac(name, index)).toLowerCase();
  if (nic.type !== 'vhost-user') return { ...nic, mac };
  return { ...nic, mac, socket: nic.socket ?? `/run/vmlane/${name}.${index}.sock` };
}

function resolveCpu({ cpu, accel }: AcceptedSpec): Cpu {
  const wanted = cpu ?? (accel === 'kvm' ? 'host' : 'max');
  if (wanted === 'host' || wanted === 'max') return { mode: wanted };
  return { mode: 'model', model: wanted };
}

function resolveMemory(memory: AcceptedSpec['memory'], interfaces: readonly Nic[]): Memory {
  const { size, hugepages } =
    typeof memory === 'string' ? { size: memory, hugepages: false as const } : memory;
  return {
    bytes: sizeBytes(size),
    ...(hugepages !== false && { pageBytes: sizeBytes(hugepages) }),
    shared: interfaces.some((nic) => nic.type === 'vhost-user'),
  };
}

function resolveBoot({ kernel, initrd, cmdline }: NonNullable<AcceptedSpec['boot']>): KernelBoot {
  return {
    kernel,
    ...(initrd !== undefined && { initrd }),
    ...(cmdline !== undefined && { cmdline }),
  };
}

function resolveDisks(disks: AcceptedSpec['disks']): Disk[] {
  const names = targets(disks);
  return disks.map((disk, index) => {
    const { file, block, bus, readonly } = disk;
    const format = formatOf(disk);
    const path = file ?? block;
    const target = names[index];
    if (format === undefined || path === undefined || target === undefined) {
      throw new TypeError(`disk ${index} passed the schema without file, block or format`);
    }
    return { source: file === undefined ? 'block' : 'file', path, format, bus, target, readonly };
  });
}

function resolveSerial({ file, socket }: NonNullable<AcceptedSpec['serials']>[number]): Serial {
  if (file !== undefined) return { type: 'file', path: file };
  if (socket !== undefined) return { type: 'socket', path: socket };
  return { type: 'pty' };
}
