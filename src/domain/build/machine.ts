import type { Features } from '../../spec/guest.js';
import type { HypervFeature } from '../../spec/hyperv.js';
import type { Guest } from '../../spec/index.js';
import { element } from '../../xml/build.js';
import type { Element } from '../../xml/element.js';
import type { Target } from './target.js';

/** ACPI for a clean shutdown, APIC for more than one CPU; secure boot protects its variables by SMM (2.1). */
export function features({ firmware, features: more }: Guest, target: Target): Element[] {
  const smm = firmware.type === 'uefi' && firmware.secureBoot;
  const { kvmHidden, pmu } = more;
  const hidden =
    kvmHidden === undefined ? undefined : element('hidden', { state: onOff(kvmHidden) });
  return [
    element('features', {}, [
      element('acpi'),
      element('apic'),
      ...hyperv(more, target),
      ...(hidden ? [element('kvm', {}, [hidden])] : []),
      ...(pmu === undefined ? [] : [element('pmu', { state: onOff(pmu) })]),
      ...(smm ? [element('smm', { state: 'on' })] : []),
    ]),
  ];
}

/** The libvirt that brought them, where that is newer than the oldest that we know. */
const SINCE: Partial<Record<HypervFeature, string>> = {
  ...{ frequencies: '4.7', reenlightenment: '4.7', tlbflush: '4.7' },
  ...{ ipi: '4.10', evmcs: '4.10', avic: '8.10' },
};
/** How often a vCPU tries a lock before it tells the hypervisor: what Windows and virt-install take. */
const RETRIES = 8191;

function hyperv({ hyperv: wanted }: Features, target: Target): Element[] {
  if (wanted === undefined) return [];
  if (wanted === 'passthrough') {
    target.need('8.0', 'features.hyperv passthrough', 'give a list of features');
    return [element('hyperv', { mode: 'passthrough' })];
  }
  const known = wanted.filter((name) => {
    const since = SINCE[name];
    return since === undefined || target.has(since, `the guest has no hyperv ${name}`);
  });
  const content = known.map((name) =>
    element(name, { state: 'on', retries: name === 'spinlocks' ? RETRIES : undefined }),
  );
  return content.length === 0 ? [] : [element('hyperv', {}, content)];
}

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}

/**
 * Under KVM, the timers of virt-install: lost ticks are caught up with, and there is no HPET, which is
 * costly to emulate. These are settings of KVM's clocks, so an emulated guest has none.
 */
export function clock({ accel, clock: offset, features: { hyperv } }: Guest): Element[] {
  const timers = [
    element('timer', { name: 'rtc', tickpolicy: 'catchup' }),
    element('timer', { name: 'pit', tickpolicy: 'delay' }),
    element('timer', { name: 'hpet', present: 'no' }),
    // Without it Windows reads a slower clock, and QEMU refuses stimer.
    ...(hyperv === undefined ? [] : [element('timer', { name: 'hypervclock', present: 'yes' })]),
  ];
  return [element('clock', { offset }, accel === 'kvm' ? timers : [])];
}

/** What becomes of the guest. */
export function events({ events: { poweroff, reboot, crash } }: Guest): Element[] {
  return [
    element('on_poweroff', {}, poweroff),
    element('on_reboot', {}, reboot),
    element('on_crash', {}, crash),
  ];
}

/** No sleep states: a server that suspends itself has left the network. */
export function powerManagement(): Element[] {
  return [
    element('pm', {}, [
      element('suspend-to-mem', { enabled: 'no' }),
      element('suspend-to-disk', { enabled: 'no' }),
    ]),
  ];
}
