import * as z from 'zod';
import { object, size } from '../fields.js';
import { count, list, numbers, oneOf, yesNo } from './kinds.js';

const hugepages = z
  .literal(['1GiB', '2MiB', false], { error: 'give 1GiB, 2MiB or false' })
  .default(false)
  .describe('Huge pages that back the memory. Without, memory shared with a switch is a memfd.');

export const memory = z
  .union(
    [
      size,
      object({
        size,
        current: size
          .optional()
          .describe('So much at the start, by the balloon; virsh setmem changes it. Default: size'),
        hugepages,
        nodes: numbers('NUMA nodes')
          .optional()
          .describe("The host's NUMA nodes that it comes from; best those of the NIC and the CPUs"),
        placement: oneOf('strict', 'preferred', 'interleave')
          .default('strict')
          .describe(
            'strict: from these nodes or not at all. A guest that silently gets far memory is slow',
          ),
        locked: yesNo
          .default(false)
          .describe('Never swapped out. Huge pages never are, a VF pins the memory anyway'),
      }),
    ],
    { error: 'give a size with its unit, such as 256MiB or 4GiB' },
  )
  .describe('Memory of the guest. A vhost-user interface makes it shared by itself.');

/** NUMA cells of the guest. */
export const numa = list(
  object({
    vcpus: numbers('virtual CPUs').describe('Its virtual CPUs, such as 0-3'),
    memory: size.describe("Its part of the guest's memory"),
    node: count(0, 1023, 'a NUMA node')
      .optional()
      .describe("The host's NUMA node that its memory comes from"),
  }),
).describe('NUMA cells that the guest sees. Default: one');
