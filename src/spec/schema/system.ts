/** What the guest finds besides its processor and devices, and what happens at its end. */
import * as z from 'zod';
import { object } from '../fields.js';
import { HYPERV } from '../hyperv.js';
import { count, list, oneOf, yesNo } from './kinds.js';

const hypervError = `give passthrough, or a list of ${HYPERV.join(', ')}`;

export const features = object({
  hyperv: z
    .union([z.literal('passthrough', { error: hypervError }), list(oneOf(...HYPERV))], {
      error: hypervError,
    })
    .optional()
    .describe("Enlightenments for Windows, by libvirt's names; passthrough: all of the host"),
  kvmHidden: yesNo.optional().describe('The guest does not see that it runs on KVM'),
  pmu: yesNo.optional().describe("Performance counters. Default: as the processor's model has it"),
}).describe('Features of the machine; ACPI and APIC are always there');

export const clock = oneOf('utc', 'localtime')
  .default('utc')
  .describe('What the hardware clock shows; localtime for Windows');

// libvirt 9.0: "qemu driver doesn't support the 'preserve' action for 'on_reboot'/'on_poweroff'".
const ends = ['destroy', 'restart'] as const;

export const events = object({
  poweroff: oneOf(...ends)
    .default('destroy')
    .describe('When the guest turns itself off'),
  reboot: oneOf(...ends)
    .default('restart')
    .describe('When it reboots; destroy: it is off then, such as after an installation'),
  crash: oneOf(...ends, 'preserve', 'coredump-destroy', 'coredump-restart')
    .default('destroy')
    .describe('When it crashes; restarting it again and again would hide the crash'),
}).describe("What becomes of the guest, in libvirt's words (on_poweroff, on_reboot, on_crash)");

export const autostart = yesNo.describe(
  'Starts with the host. No part of the XML: domain define and domain apply set it. Default: stays as it is in libvirt',
);

export const cputune = object({
  shares: count(2, 262_144, 'shares')
    .optional()
    .describe('Weight of its processor time beside other guests. Default: 1024 in cgroups v1'),
  period: count(1000, 1_000_000, 'microseconds').optional().describe('Of quota. Default: 100000'),
  quota: count(1000, 17_592_186_044_415, 'microseconds')
    .optional()
    .describe('Processor time that each virtual CPU has in a period'),
}).describe('Shares and limits of processor time; needs cgroups');
