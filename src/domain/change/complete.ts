import { identitiesByName } from '../../spec/index.js';
import { applyEdits, type Edit, leadOf, stepOf } from '../../xml/edit.js';
import { childrenOf } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { Domain } from '../domain.js';
import { type DomainNic, nicsOf } from '../read/nics.js';

/**
 * Adds the UUID and the MACs that a domain leaves out, which libvirt would draw anew at each define:
 * those of the present definition, else ones made from the name as for a spec. If it leaves nothing
 * out, returns the domain itself.
 * @throws InvalidInput as Domain.placed, Domain.name
 */
export function completeDomain(domain: Domain, present?: Domain): Domain {
  const { text, placed, name } = domain;
  const edits = [
    ...uuidEdits(text, placed, writtenUuid(present) ?? identitiesByName.uuid(name)),
    ...macEdits(text, placed, name, present?.nics ?? []),
  ];
  return edits.length === 0 ? domain : new Domain(applyEdits(text, edits));
}

/** The UUID as written in the XML. */
function writtenUuid(domain: Domain | undefined): string | undefined {
  return childrenOf(domain?.root, 'uuid')[0]?.text.trim() || undefined;
}

function uuidEdits(xml: string, domain: Placed, uuid: string): Edit[] {
  const [there] = childrenOf(domain, 'uuid');
  const text = `<uuid>${uuid}</uuid>`;
  if (there) return there.text.trim() === '' ? [{ ...span(there), text }] : [];
  const [name] = childrenOf(domain, 'name');
  if (!name) return [];
  return [{ start: name.end, end: name.end, text: leadOf(xml, name.start) + text }];
}

/** A NIC gets the MAC that the NIC in its place had, if that is of the same type. */
function macEdits(xml: string, domain: Placed, name: string, before: readonly DomainNic[]): Edit[] {
  const nics = nicsOf(domain);
  const taken = new Set(nics.map(({ mac }) => mac));
  return nics.flatMap(({ element: nic, type, mac: given }, i): Edit[] => {
    if (given !== undefined) return [];
    const former = before[i]?.type === type ? before[i]?.mac : undefined;
    const kept = former !== undefined && !taken.has(former) ? former : undefined;
    const mac = kept ?? identitiesByName.mac(name, i);
    taken.add(mac);
    const element = `<mac address="${mac}"/>`;
    if (!nic.inner) {
      return [{ start: nic.nameEnd, end: nic.end, text: `>${element}</interface>` }];
    }
    const lead = leadOf(xml, nic.start);
    const inner = lead === '' || !nic.children[0] ? '' : lead + stepOf(xml, nic, nic.children[0]);
    const { start } = nic.inner;
    return [{ start, end: start, text: inner + element }];
  });
}

function span({ start, end }: Placed) {
  return { start, end };
}
