/** Storage of the host that the guest sees as memory that persists. */
import { labelBytes, sizeBytes } from '../../values/bytes.js';
import { filePath, object, refused, size, text } from '../fields.js';
import { count, oneOf, shortList, yesNo } from './kinds.js';

const MIB = 2 ** 20;
/** QEMU's ACPI_MAX_RAM_SLOTS is 256. */
const SLOTS = 256;
/** The least of an NVDIMM's label area (QEMU, hw/mem/nvdimm.c). */
const LABEL_MIN = 128 * 1024;

const label = text(/^[0-9]+[KM]iB$/, 'give a size with its unit, such as 128KiB or 2MiB')
  .superRefine((value, context) => {
    if (labelBytes(value) >= LABEL_MIN) return;
    refused(context, { problem: 'is less than 128KiB', remedy: 'give 128KiB or more' });
  })
  .describe('Label area at its end, in which the guest divides it (ndctl). Default: none');

const nvdimm = object({
  path: filePath.describe(
    'File of the host, there when the guest starts. Beside vhost-user interfaces on tmpfs or hugetlbfs',
  ),
  size: size.describe('The whole file, its label area included: a multiple of 2MiB'),
  label: label.optional(),
  cell: count(0, 1023, 'a cell of numa').default(0).describe("The guest's NUMA cell that it is in"),
  access: oneOf('shared', 'private')
    .default('shared')
    .describe(
      'shared: what the guest writes goes into the file; private: it is lost when the guest ends',
    ),
  readonly: yesNo.default(false).describe('The guest may not write'),
  pmem: yesNo
    .default(false)
    .describe('The file is on persistent memory of the host; QEMU flushes as that wants it'),
})
  .superRefine(({ size: whole, label: part, access, pmem }, context) => {
    // libvirt rounds up what is no multiple, and then QEMU finds the file too short.
    const rest = sizeBytes(whole);
    if (rest % (2 * MIB) !== 0) {
      const problem = `${whole} is not a multiple of 2MiB`;
      refused(context, { problem, remedy: 'make the file larger, up to a multiple' }, ['size']);
    } else if (part !== undefined && rest - labelBytes(part) < 2 * MIB) {
      const problem = `${part} leaves less than 2MiB of ${whole}`;
      refused(context, { problem, remedy: 'give less, or a larger size' }, ['label']);
    }
    if (pmem && access === 'private') {
      const problem = 'what is private does not persist';
      refused(context, { problem, remedy: 'leave out pmem, or access' }, ['pmem']);
    }
  })
  .describe('An NVDIMM: a file of the host that the guest sees as memory that persists');

export const nvdimms = shortList(nvdimm, SLOTS, `and QEMU has ${SLOTS} slots`).describe(
  'NVDIMMs in their order; without numa the guest gets one cell',
);
