import { identitiesByName } from '../spec/index.js';
import { applyEdits, type Edit, leadOf, stepOf } from '../xml/edit.js';
import { openDomain } from '../xml/open.js';
import { attribute, childrenOf, type Placed } from '../xml/scan.js';
import { domainName } from './inspect.js';

/**
 * The domain with the UUID and the MACs that it leaves out, for which libvirt would draw others at
 * each define: those of the definition that is there, else made from the name as for a spec.
 * @throws InvalidInput as openDomain
 */
export function completeDomain(xml: string, present?: string): string {
  const domain = openDomain(xml);
  const name = domainName(xml);
  const before = present === undefined ? undefined : openDomain(present);
  return applyEdits(xml, [
    ...uuidEdits(xml, domain, uuidOf(before) ?? identitiesByName.uuid(name)),
    ...macEdits(xml, domain, name, before),
  ]);
}

function uuidOf(domain: Placed | undefined): string | undefined {
  return childrenOf(domain, 'uuid')[0]?.text.trim() || undefined;
}

function uuidEdits(xml: string, domain: Placed, uuid: string): Edit[] {
  const [there] = childrenOf(domain, 'uuid');
  const text = `<uuid>${uuid}</uuid>`;
  if (there) return there.text.trim() === '' ? [{ ...span(there), text }] : [];
  const [name] = childrenOf(domain, 'name');
  if (!name) return [];
  return [{ start: name.end, end: name.end, text: leadOf(xml, name.start) + text }];
}

/** A NIC keeps the address that the one in its place had, if it is of the same type. */
function macEdits(xml: string, domain: Placed, name: string, before: Placed | undefined): Edit[] {
  const nics = interfacesOf(domain);
  const taken = new Set(nics.map(macOf).filter((one) => one !== undefined));
  const old = interfacesOf(before);
  return nics.flatMap((nic, i): Edit[] => {
    if (macOf(nic) !== undefined) return [];
    const former = old[i] && sameType(old[i], nic) ? macOf(old[i]) : undefined;
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

function interfacesOf(domain: Placed | undefined): Placed[] {
  return childrenOf(domain, 'devices').flatMap((devices) => childrenOf(devices, 'interface'));
}

function macOf(nic: Placed): string | undefined {
  return attribute(childrenOf(nic, 'mac')[0], 'address')?.toLowerCase();
}

function sameType(a: Placed, b: Placed): boolean {
  return attribute(a, 'type') === attribute(b, 'type');
}

function span({ start, end }: Placed) {
  return { start, end };
}
