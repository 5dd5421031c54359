import type { DomainOptions } from '../../../domain/index.js';
import type { Place } from '../../../guests/spec.js';
import type { Guest } from '../../../spec/index.js';
import { readInput } from '../../../system/input.js';
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
    'file',
  ),
} as const;

interface SpecValues {
  'libvirt-version'?: string | undefined;
  template?: string | undefined;
}

/** Reads a spec's text as a guest. Rejects with InvalidInput. */
export async function guestOfSpec(text: string, file: string, place: Place = {}): Promise<Guest> {
  // Loaded only here: schema, YAML and XML take longer to load than other commands take to run.
  const { readSpec } = await import('../../../guests/spec.js');
  return readSpec(text, file, place);
}

/** Options of the XML generation. Rejects with InvalidInput for a template that cannot be read. */
export async function domainOptions(values: SpecValues, io: Io): Promise<DomainOptions> {
  const { 'libvirt-version': libvirt, template } = values;
  return {
    ...(libvirt !== undefined && { libvirt }),
    ...(template !== undefined && { template: await readInput(template, io) }),
  };
}

/** Domain XML as the options want it; warns of what an old libvirt lacks. Rejects with InvalidInput. */
export async function xmlOfGuest(guest: Guest, values: SpecValues, io: Io): Promise<string> {
  const { xmlOf } = await import('../../../guests/spec.js');
  return xmlOf(guest, await domainOptions(values, io), (line) => say(io, line));
}
