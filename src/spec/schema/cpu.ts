import * as z from 'zod';
import { object, text } from '../fields.js';
import { count, list, numbers } from './kinds.js';

const name = 'give host, max, or a CPU model such as Skylake-Server';
const model = text(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, name);
const feature = text(/^[a-z0-9][A-Za-z0-9_.-]*$/, 'give a CPU feature such as pdpe1gb');
const part = (of: string) => count(1, 255, of);

export const cpu = z
  .union(
    [
      model,
      object({
        model: model.optional().describe('host, max, or a CPU model'),
        sockets: part('sockets').default(1),
        cores: part('cores').optional().describe('Cores of a socket. Default: what vcpus leaves'),
        threads: part('threads').default(1).describe('Threads of a core'),
        require: list(feature).default([]).describe('Features that the guest must have'),
        disable: list(feature).default([]).describe('Features that it must not have'),
      }),
    ],
    { error: name },
  )
  .describe('host, max, or a CPU model, or a mapping. Default: host with kvm, max with tcg');

const vcpuError = 'give a whole number of virtual CPUs, 1 to 255';
// More than 255 need an IOMMU with extended interrupt mode (libvirt 9.0 refuses them otherwise).
const vcpuCount = count(1, 255, 'virtual CPUs');

export const vcpus = z
  .union(
    [
      vcpuCount,
      object({
        current: vcpuCount.describe('So many when it starts'),
        maximum: vcpuCount.describe('So many can be there; virsh setvcpus changes it'),
      }),
    ],
    { error: vcpuError },
  )
  .default(1)
  .describe('Virtual CPUs, or a mapping of those at the start and at most');

const cpus = numbers("the host's CPUs");

export const pinning = object({
  vcpus: z
    .union([list(cpus), cpus], { error: 'give a set of CPUs, or a list with one for each vCPU' })
    .optional()
    .describe('A list with one set of CPUs for each virtual CPU, or one set for all'),
  emulator: cpus
    .optional()
    .describe("QEMU's own threads; best not where virtual CPUs or the switch run"),
  iothreads: list(cpus).default([]).describe('One set for each I/O thread'),
}).describe('On which CPUs of the host the threads run. Default: on any');
