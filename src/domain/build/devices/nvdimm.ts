import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';
import type { Target } from '../target.js';

/**
 * NVDIMMs, and with them QEMU's `nvdimm=on`. `access` is always written: otherwise one would be private or shared as
 * its cell is.
 */
export function nvdimms({ nvdimms: all }: Guest, target: Target): Element[] {
  if (all.length > 0) target.need('3.2', 'nvdimms', 'leave them out');
  return all.map(({ path, bytes, labelBytes: label, cell, shared, readonly, pmem }, i) => {
    if (readonly) target.need('5.0', `nvdimms[${i}].readonly`, 'leave it out');
    if (pmem) target.need('5.0', `nvdimms[${i}].pmem`, 'leave it out');
    return element('memory', { model: 'nvdimm', access: shared ? 'shared' : 'private' }, [
      element('source', {}, [element('path', {}, path), ...(pmem ? [element('pmem')] : [])]),
      element('target', {}, [
        kibibytes(bytes),
        element('node', {}, String(cell)),
        ...(label === undefined ? [] : [element('label', {}, [kibibytes(label)])]),
        ...(readonly ? [element('readonly')] : []),
      ]),
    ]);
  });
}

function kibibytes(bytes: number): Element {
  return element('size', { unit: 'KiB' }, String(bytes / 1024));
}
