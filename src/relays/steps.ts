/** Steps of a relay's making and going: requests to the switch. Pure. */
import type { Link, Port, PortRequest } from '../contract/types.js';
import { shellWords } from '../values/shell.js';

/** The word for no VLANs in particular. */
export const ALL_VLANS = 'all';

/** What a relay's port may get otherwise: VLANs that its card is to pass, null: none in particular; or its link. */
type Changeable = { trunks: string | null } | { link: Link };

/** A request to the switch. */
export type RelayStep =
  | { do: 'add'; request: PortRequest & { relay: string } }
  | { do: 'join'; port: Port; relay: string }
  | { do: 'move'; name: string; lcore: number; from?: number | undefined }
  | { do: 'set'; name: string; to: Changeable; from: Changeable }
  | { do: 'remove'; port: Port };

/** A step as the command that would do it. */
export function commandOf(step: RelayStep): string {
  const words = ['vmlane', 'switch'];
  if (step.do === 'join') words.push('set', step.port.name, '--relay', step.relay);
  else if (step.do === 'move') words.push('set', step.name, '--lcore', String(step.lcore));
  else if (step.do === 'set') words.push('set', step.name, ...optionOf(step.to));
  else if (step.do === 'remove') words.push('remove', step.port.name);
  else {
    const { name, path, device, listener, relay, trunks, link } = step.request;
    words.push('add', name, ...(device ? ['--device', device] : ['--path', path]));
    if (listener) words.push('--listener', listener);
    words.push('--relay', relay);
    if (trunks) words.push('--trunks', trunks);
    if (link) words.push('--link', link);
  }
  return shellWords(words);
}

function optionOf(to: Changeable): [option: string, value: string] {
  return 'link' in to ? ['--link', to.link] : ['--trunks', to.trunks ?? ALL_VLANS];
}

/** Sets what the port has otherwise. */
export function setting({ name, trunks = null, link = 'auto' }: Port, to: Changeable): RelayStep[] {
  if ('link' in to) return to.link === link ? [] : [{ do: 'set', name, to, from: { link } }];
  return to.trunks === trunks ? [] : [{ do: 'set', name, to, from: { trunks } }];
}
