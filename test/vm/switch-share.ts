/**
 * How much of the time that a guest does not run, as it moves, is the switches': by their logs, from QEMU's messages of
 * that port. What QEMU itself does between two of them is in it, too.
 */

/** Milliseconds. */
export interface SwitchShare {
  /** From QEMU's first word to the old switch that the guest stops to its last. */
  stopping: number;
  /** From QEMU's first word to the new one that it is to run, until it is up. */
  starting: number;
  /** From there until the old switch knows where it is. */
  known: number;
}

/** `from`, `to`: the logs of both switches after the move; `pairs`: QEMU says so much for each queue pair; `learns`: the old one's words. */
export function switchShare(
  { from, to }: { from: string; to: string },
  { socket, port, pairs, learns }: { socket: string; port: string; pairs: number; learns: string },
): SwitchShare {
  const message = (name: string) => `(${socket}) read message VHOST_USER_${name}`;
  const arrived = to.slice(to.lastIndexOf(`(${socket}) new vhost user connection`));
  const [starting] = timesOf(arrived, message('SET_FEATURES'));
  const stopping = timesOf(from, message('GET_VRING_BASE')).slice(-2 * pairs);
  const [up] = timesOf(arrived, `port ${port}: guest is up`);
  return {
    known: between(up, timesOf(from, learns).at(-1)),
    stopping: between(stopping[0], stopping.at(-1)),
    starting: between(starting, up),
  };
}

const between = (from = Number.NaN, to = Number.NaN) => to - from;

/** When, in milliseconds; the log has microseconds. */
function timesOf(log: string, ending: string): number[] {
  return log
    .split('\n')
    .filter((line) => line.endsWith(ending))
    .map((line) => {
      const [, second = '', micro = ''] = /^(\S+)\.(\d{6})Z /.exec(line) ?? [];
      return Date.parse(`${second}Z`) + Number(micro) / 1000;
    });
}
