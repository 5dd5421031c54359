import { hasNvdimms } from '../../values/nvdimm.js';
import { type Problem, quote } from '../../values/problems.js';
import type { Guest } from '../guest.js';

/** libvirt plugs each into a cell; a guest without cells gets one (domain/build/cpu.ts). */
export function nvdimmsHaveCells({ nvdimms, cells }: Guest): Problem[] {
  const last = Math.max(1, cells.length) - 1;
  return nvdimms.flatMap(({ cell }, i) => {
    if (cell <= last) return [];
    const problem = `there is no cell ${cell}`;
    const remedy = last === 0 ? 'give 0, or cells in numa' : `give a number from 0 to ${last}`;
    return [{ path: ['nvdimms', i, 'cell'], problem, remedy }];
  });
}

export function nvdimmsNeedAPc({ nvdimms, machine }: Guest): Problem[] {
  if (nvdimms.length === 0 || hasNvdimms(machine)) return [];
  const problem = `machine ${quote(machine)} has no NVDIMMs`;
  return [{ path: ['nvdimms'], problem, remedy: 'use machine q35' }];
}

/**
 * The guest's NICs may work in an NVDIMM: with DAX a file is sent out of it, and it may serve as RAM. Another process
 * maps the file itself, so it would read what the guest has not written, and write what the guest wants to keep out.
 */
export function privateNvdimmsAreAlone({ nvdimms, memory }: Guest): Problem[] {
  if (!memory.shared) return [];
  return nvdimms.flatMap(({ shared }, i) => {
    if (shared) return [];
    const problem = "a vhost-user switch and virtiofsd map the file, not the guest's copy";
    return [{ path: ['nvdimms', i, 'access'], problem, remedy: 'give shared, or leave it out' }];
  });
}
