/** Name and UUID of a domain. */
import { childrenOf, type Element } from '../../xml/element.js';
import { refusal } from '../../xml/text.js';

/** @throws InvalidInput for a domain without a name */
export function nameOf(domain: Element): string {
  const [name] = childrenOf(domain, 'name');
  if (name && name.children.length === 0 && name.text !== '') return name.text;
  throw refusal('has no <name>', 'give the domain a name');
}

/** In lower case, with hyphens as written; undefined if libvirt will choose one at define. */
export function uuidOf(domain: Element): string | undefined {
  const [uuid] = childrenOf(domain, 'uuid');
  return uuid && uuid.text !== '' ? uuid.text.trim().toLowerCase() : undefined;
}
