/** What is done at one of libvirt's calls of its qemu hook. */
export type Action = 'register' | 'remove';

/**
 * The calls that concern us, by `operation/sub-operation`; at all others the hook says yes.
 *
 * prepare/begin comes before QEMU at every start, also of a restored guest and where one migrates
 * to; failing there refuses the start. release/end comes when QEMU is gone, also after a start that
 * failed or was refused, by whichever hook. reconnect/begin must never fail: libvirtd, restarted under
 * a running guest, would kill the guest. migrate/begin and restore/begin take what a hook prints for the
 * new XML. Source: libvirt's hooks.html; the rest was tried with 9.0.
 */
const ACTIONS: Readonly<Record<string, Action>> = {
  'prepare/begin': 'register',
  'release/end': 'remove',
};

/** Undefined: nothing. Words that no libvirt knows yet are nothing to us, too. */
export function actionOf(operation: string, subOperation: string): Action | undefined {
  const call = `${operation}/${subOperation}`;
  return Object.hasOwn(ACTIONS, call) ? ACTIONS[call] : undefined;
}
