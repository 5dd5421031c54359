/** Name and UUID. */
import { childrenOf } from '../../xml/element.js';
import { error, type Found, type Rule, shown, warning } from './finding.js';
import type { Subject } from './subject.js';

export const IDENTITY: readonly Rule[] = [
  { name: 'name', check: name },
  { name: 'uuid', check: uuid },
];

/** libvirt names a file and a log after the domain. Source: virDomainDefParseXML, virDomainDefPostParseCheck. */
function* name({ domain }: Subject): Iterable<Found> {
  const [element] = childrenOf(domain, 'name');
  const text = element?.text ?? '';
  const remedy = 'give letters, digits, _ . and -';
  if (!element || text.trim() === '') {
    const problem = element ? 'is blank' : 'has no <name>';
    yield error(element ?? domain, problem, 'give the domain a name');
  } else if (/[/\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) {
    const problem = `${shown(text)} holds a slash or a control character, which libvirt refuses`;
    yield error(element, problem, remedy);
  } else if (Buffer.byteLength(text) > 250) {
    // libvirt writes NAME.save, and file systems take at most 255 bytes.
    const problem = `is ${Buffer.byteLength(text)} bytes long, too long for libvirt's files`;
    yield error(element, problem, 'keep it to 250 bytes');
  } else if (/^-|^\d+$/.test(text)) {
    const problem = `virsh takes ${shown(text)} for an option or a number`;
    yield warning(element, problem, 'begin it with a letter');
  }
}

function* uuid({ domain }: Subject): Iterable<Found> {
  for (const element of childrenOf(domain, 'uuid')) {
    const text = element.text.trim();
    // libvirt makes one, as it does without the element.
    if (element.text === '' || /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(text))
      continue;
    const problem = `${shown(text)} is no UUID`;
    yield error(element, problem, 'leave it out: libvirt makes one at define');
  }
}
