/** Model → libvirt domain XML, and what we need to know of XML that others wrote. Pure: no I/O. */
import type { Guest } from '../spec/index.js';
import { DOMAIN } from './elements.js';
import { element, render } from './xml.js';

export {
  type Conversion,
  type ConvertedNic,
  type ConvertOptions,
  convertDomain,
} from './convert/index.js';
export { type Reversion, revertDomain } from './convert/revert.js';
export {
  type DomainIdentity,
  domainIdentity,
  domainName,
  type VhostUserInterface,
  vhostUserInterfaces,
} from './inspect.js';
export { checkPluggable, countNics, pluggedXml } from './plug.js';
export { portRequests } from './ports.js';
export { unwrapDomain, type WrapChange, wrapDomain } from './wrap.js';

/**
 * Domain XML of a guest, for libvirt ≥ 8.0 (the newest thing used is `<cpu mode='maximum'>`, 7.1).
 * Deterministic, indented by two spaces, ends with a newline. The guest must come from parseSpec; it is not checked again.
 */
export function domainXml(guest: Guest): string {
  const type = guest.accel === 'kvm' ? 'kvm' : 'qemu';
  return render(
    element(
      'domain',
      { type },
      DOMAIN.flatMap(({ build }) => build(guest)),
    ),
  );
}
