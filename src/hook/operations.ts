/**
 * What to do at a call of libvirt's qemu hook: `register` NICs that are vhost-user in the XML; `register late` what is
 * known only right before QEMU: NICs that qemu-wrap will move, and the label by which the others' ports know
 * QEMU; `remove` both.
 */
export type Action = 'register' | 'register late' | 'remove';

/**
 * The calls that concern us, by `operation/sub-operation`; the hook accepts all others.
 *
 * prepare/begin comes before QEMU at every start, also of a restored guest and on the target of a
 * migration; failing there refuses the start. start/begin comes right before QEMU, when libvirt has named
 * NICs and taps, after which qemu-wrap's ports are named, and has chosen QEMU's security label, which it has not at
 * prepare/begin (test/server, 9.0 with AppArmor); failing there refuses the start, too. release/end
 * comes when QEMU is gone, also after a start that failed or that any hook refused. reconnect/begin must
 * never fail: a libvirtd that restarts under a running guest would kill the guest. migrate/begin and
 * restore/begin take the hook's output as the new XML. Source: libvirt's hooks.html; the rest was tried
 * with 9.0 and 11.3.
 */
const ACTIONS: Readonly<Record<string, Action>> = {
  'prepare/begin': 'register',
  'start/begin': 'register late',
  'release/end': 'remove',
};

/** The action for a call; undefined for none, also for operations of future libvirts. */
export function actionOf(operation: string, subOperation: string): Action | undefined {
  const call = `${operation}/${subOperation}`;
  return Object.hasOwn(ACTIONS, call) ? ACTIONS[call] : undefined;
}
