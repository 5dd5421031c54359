import type { Guest } from '../../spec/index.js';
import { element } from '../../xml/build.js';
import type { Element } from '../../xml/element.js';

/** ACPI for a clean shutdown, APIC for more than one CPU; secure boot protects its variables by SMM (2.1). */
export function features({ firmware }: Guest): Element[] {
  const smm = firmware.type === 'uefi' && firmware.secureBoot;
  const content = [element('acpi'), element('apic')];
  return [element('features', {}, [...content, ...(smm ? [element('smm', { state: 'on' })] : [])])];
}

/**
 * Time in UTC. Under KVM, the timers of virt-install: lost ticks are caught up with, and there is no HPET, which is
 * costly to emulate. These are settings of KVM's clocks, so an emulated guest has none.
 */
export function clock({ accel }: Guest): Element[] {
  const timers = [
    element('timer', { name: 'rtc', tickpolicy: 'catchup' }),
    element('timer', { name: 'pit', tickpolicy: 'delay' }),
    element('timer', { name: 'hpet', present: 'no' }),
  ];
  return [element('clock', { offset: 'utc' }, accel === 'kvm' ? timers : [])];
}

/** A crashed guest stays off: restarting it again and again would hide the crash. */
export function events(): Element[] {
  return [
    element('on_poweroff', {}, 'destroy'),
    element('on_reboot', {}, 'restart'),
    element('on_crash', {}, 'destroy'),
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
