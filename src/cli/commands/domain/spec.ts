import { isRemote } from '../../../libvirt/uri.js';
import type { Guest, HostLookup } from '../../../spec/index.js';
import { nameOf, readInput } from '../../../system/input.js';
import { type Io, say } from '../../io.js';
import { text } from '../../options.js';

/** Options of commands that make domain XML from a spec. */
export const specOptions = {
  'libvirt-version': text(
    'libvirt-version',
    'For this libvirt, such as 6.0: leave out what it lacks, and say so [default: 8.0 and newer]',
  ),
  template: text(
    'template',
    'Domain XML to put the guest into; what the spec says replaces its own',
  ),
} as const;

interface SpecValues {
  'libvirt-version'?: string | undefined;
  template?: string | undefined;
}

/**
 * A guest's spec as a guest. VFs that it knows by their PF are looked up on this host, below `root`;
 * a guest of another host (`uri`) has none here. Throws InvalidInput.
 */
export async function guestOfSpec(
  text: string,
  file: string,
  { root = '/', uri = '' }: { root?: string; uri?: string } = {},
): Promise<Guest> {
  // Loaded only here: schema, YAML and XML take longer to load than other commands take to run.
  const { identitiesByName, parseSpec } = await import('../../../spec/index.js');
  return parseSpec(text, nameOf(file), identitiesByName, await vfsOfHost(uri, root));
}

/** Where the VFs of a guest at this URI are found by their PF. */
export async function vfsOfHost(uri: string, root = '/'): Promise<HostLookup> {
  const { sysfsLookup } = await import('../../../sriov/lookup.js');
  if (!isRemote(uri)) return sysfsLookup(root);
  const problem = `the VF is known by its PF, and ${uri} is another host`;
  return { vfAddress: () => ({ problem, remedy: 'give its address' }) };
}

/** Domain XML as the options want it; what an old libvirt lacks is told. Throws InvalidInput. */
export async function xmlOfGuest(guest: Guest, values: SpecValues, io: Io): Promise<string> {
  const { generateDomain } = await import('../../../domain/index.js');
  const { 'libvirt-version': libvirt, template } = values;
  const { xml, warnings } = generateDomain(guest, {
    ...(libvirt !== undefined && { libvirt }),
    ...(template !== undefined && { template: await readInput(template, io) }),
  });
  for (const warning of warnings) say(io, `${guest.name}: ${warning}`);
  return xml;
}
