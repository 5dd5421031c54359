import * as z from 'zod';
import { filePath, line, object } from '../fields.js';
import { list, oneOf, yesNo } from './kinds.js';

export const boot = object({
  kernel: filePath.describe('Kernel image on the host'),
  initrd: filePath.optional().describe('Initial RAM disk on the host'),
  cmdline: line(2047).optional().describe('Kernel command line (Linux on x86 reads 2,047 bytes)'),
}).describe('Boot this kernel directly. Without, the guest boots from bootFrom.');

export const bootFrom = list(oneOf('disk', 'cdrom', 'network')).describe(
  'Kinds of device to boot from, in order. Default: disk',
);

export const firmware = z
  .union(
    [
      oneOf('bios', 'uefi'),
      object({
        secureBoot: yesNo.default(false).describe('Start signed systems only; machine q35'),
        loader: filePath
          .optional()
          .describe("Image of the firmware. Default: libvirt's choice by QEMU's descriptors"),
        variables: filePath.optional().describe('Template of its variables, with loader'),
      }),
    ],
    { error: 'give bios or uefi' },
  )
  .default('bios')
  .describe('bios starts fastest; uefi, or a mapping of its settings, for systems that need it');
