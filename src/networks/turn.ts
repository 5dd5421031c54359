import { inTurn } from '../system/files/lock.js';

/** Long enough for what another one does meanwhile. */
const WAIT_SECONDS = 30;

/**
 * Runs what plans and changes interfaces and networks alone: two at once would choose the same VLAN, or undo each
 * other's steps. @throws Failed if another one does not end
 */
export function inNetworkTurn<T>(act: () => Promise<T>): Promise<T> {
  const thing = "the host's interfaces";
  const others = 'another vmlane is changing them';
  return inTurn({ key: 'networks', thing, others, waitSeconds: WAIT_SECONDS }, act);
}
