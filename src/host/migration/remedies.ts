/** What to do on a host that lacks something for guests that move: one wording for all who find it. */
import { shellWords } from '../../values/shell.js';

const on = (host: string, ...words: string[]) => `on ${host}: ${shellWords(['vmlane', ...words])}`;

/** It has no network of this name. */
export function addNetwork(host: string, name: string): string {
  return `${on(host, 'network', 'add', name)}, with the bridge or NIC that it is attached to`;
}

/** libvirt's hook is missing there. */
export function installHook(host: string): string {
  return on(host, 'hook', 'install');
}

/** Guests that start on a host are not to get these features. */
export function withhold(host: string, features: readonly string[]): string {
  const set = on(host, 'switch', 'settings', 'set', `features-off=${features.join(',')}`);
  return `${set}, restart the switch, and start the guest anew`;
}

/** It allows fewer queue pairs. */
export function moreQueues(host: string, pairs: number): string {
  return on(host, 'switch', 'set', '--queue-limit', `${pairs}`);
}

/** It carries shorter frames. */
export function largerFrames(host: string): string {
  return `${on(host, 'switch', 'settings', 'set', 'mergeable=true')}, and restart the switch`;
}

/** What it attaches a network to carries less than elsewhere. */
export function widerPath(host: string, name: string): string {
  return `raise the MTU of the interfaces behind it; they are said by ${on(host, 'network', 'show', name)}`;
}

/** A network has another VLAN there. */
export const OTHER_VLAN =
  'that is right where each is attached to a bridge of the same LAN; else give both the same: vmlane network add --vlan';
