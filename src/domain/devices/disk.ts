import type { Disk } from '../../spec/guest.js';
import type { Guest } from '../../spec/index.js';
import { type Element, element } from '../xml.js';

export function disks(guest: Guest): Element[] {
  return guest.disks.map(disk);
}

/**
 * A disk. What the guest discards is given back to the host (1.0.6). A block device needs no second cache in the host
 * and always takes native I/O; a file may lie where O_DIRECT does not work, so its cache is left to QEMU.
 */
function disk({ source, path, format, bus, target, readonly }: Disk): Element {
  const direct = source === 'block' ? { cache: 'none', io: 'native' } : {};
  const discard = readonly ? {} : { discard: 'unmap' };
  return element('disk', { type: source, device: 'disk' }, [
    element('driver', { name: 'qemu', type: format, ...direct, ...discard }),
    element('source', { [source === 'block' ? 'dev' : 'file']: path }),
    element('target', { dev: target, bus }),
    ...(readonly ? [element('readonly')] : []),
  ]);
}
