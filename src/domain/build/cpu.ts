import type { Guest } from '../../spec/index.js';
import { cpuSetText } from '../../values/cpu-set.js';
import { element } from '../../xml/build.js';
import type { Element } from '../../xml/element.js';
import type { Target } from './target.js';

export function vcpu({ vcpus, currentVcpus: current }: Guest): Element[] {
  return [element('vcpu', { placement: 'static', current }, String(vcpus))];
}

export function iothreads({ iothreads: count }: Guest): Element[] {
  return count === 0 ? [] : [element('iothreads', {}, String(count))];
}

/** Shares, limits and pinning of threads. shares are libvirt 0.9.0, period and quota 0.9.4, vcpupin 0.9.0, emulatorpin 0.9.4, iothreadpin 1.2.9. */
export function cputune({ pinning, cputune: { shares, period, quota } }: Guest): Element[] {
  const pins = [
    ...Object.entries({ shares, period, quota }).flatMap(([name, value]) =>
      value === undefined ? [] : [element(name, {}, String(value))],
    ),
    ...pinning.vcpus.map((cpus, vcpu) => element('vcpupin', { vcpu, cpuset: cpuSetText(cpus) })),
    ...(pinning.emulator.length === 0
      ? []
      : [element('emulatorpin', { cpuset: cpuSetText(pinning.emulator) })]),
    ...pinning.iothreads.map((cpus, i) =>
      element('iothreadpin', { iothread: i + 1, cpuset: cpuSetText(cpus) }),
    ),
  ];
  return pins.length === 0 ? [] : [element('cputune', {}, pins)];
}

/** CPU model, topology, features and NUMA cells. */
export function cpu(guest: Guest, target: Target): Element[] {
  const { topology, features } = guest.cpu;
  const content = [
    ...(topology === undefined
      ? []
      : [
          element('topology', {
            sockets: topology.sockets,
            cores: topology.cores,
            threads: topology.threads,
          }),
        ]),
    ...features.map(({ name, policy }) => element('feature', { policy, name })),
    ...numa(guest, target),
  ];
  const model =
    guest.cpu.mode === 'model' ? [element('model', { fallback: 'forbid' }, guest.cpu.model)] : [];
  const attributes = kind(guest, target);
  if (attributes === undefined && content.length === 0) return [];
  return [element('cpu', attributes ?? {}, [...model, ...content])];
}

/**
 * `migratable` (6.5) leaves out what QEMU cannot migrate; `maximum` is 7.1; `check` (3.2) keeps libvirt from
 * comparing with its own idea of the CPU. Undefined if the default model will do.
 */
function kind(
  { cpu: { mode, features }, accel }: Guest,
  target: Target,
): Record<string, string> | undefined {
  if (mode === 'model') {
    // A guest must not start with another CPU than the given one.
    return { mode: 'custom', match: 'exact', ...(target.has('3.2') && { check: 'partial' }) };
  }
  const check = { ...(target.has('3.2') && { check: 'none' }) };
  const migratable = { ...(target.has('6.5') && { migratable: 'on' }) };
  if (mode === 'max' && target.has('7.1')) return { mode: 'maximum', ...check, ...migratable };
  if (accel === 'kvm') return { mode: 'host-passthrough', ...check, ...migratable };
  if (features.length > 0) {
    target.need('7.1', 'CPU features of a guest without KVM', 'give cpu.model a name');
  }
  target.has('7.1', "the guest's CPU is QEMU's default");
  return undefined;
}

/**
 * NUMA cells of the guest. A guest without cells gets one for NVDIMMs, which are plugged into cells; and for its shared
 * memory up to libvirt 6.9, which gave QEMU that for cells only (kbase/virtiofs).
 */
function numa(guest: Guest, target: Target): Element[] {
  const { cells, vcpus, nvdimms } = guest;
  const { bytes, shared } = guest.memory;
  const all = { vcpus: Array.from({ length: vcpus }, (_, n) => n), bytes };
  const needed = nvdimms.length > 0 || (shared && !target.has('6.9'));
  const made = cells.length === 0 && needed ? [all] : cells;
  if (made.length === 0) return [];
  const inside = made.map(({ vcpus, bytes }, id) =>
    element('cell', {
      ...{ id, cpus: cpuSetText(vcpus), memory: bytes / 1024, unit: 'KiB' },
      memAccess: shared ? 'shared' : undefined,
    }),
  );
  return [element('numa', {}, inside)];
}
