import type { Filesystem } from '../../../spec/guest.js';
import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';
import type { Target } from '../target.js';

export function filesystems(guest: Guest, target: Target): Element[] {
  return guest.filesystems.map((one) => filesystem(one, target));
}

/** virtiofsd knows no other way to access files than passthrough; for 9p it is libvirt's default, too. */
function filesystem(
  { source, target: tag, driver, readonly }: Filesystem,
  target: Target,
): Element {
  const virtiofs = driver === 'virtiofs';
  if (virtiofs) target.need('6.2', `filesystem ${tag}`, 'use driver 9p');
  return element('filesystem', { type: 'mount', accessmode: 'passthrough' }, [
    ...(virtiofs ? [element('driver', { type: 'virtiofs' })] : []),
    element('source', { dir: source }),
    element('target', { dir: tag }),
    ...(readonly ? [element('readonly')] : []),
  ]);
}
