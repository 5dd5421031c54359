/**
 * How much of the time that a guest does not run, as it moves, is the switches': by their logs, from QEMU's messages of
 * that port. What QEMU itself does between two of them is in it, too.
 */

/** Milliseconds. */
export interface SwitchShare {
  /** From QEMU's first message to the old switch that the guest stops to the answer to its last. */
  stopping: number;
  /** From QEMU's first message to the new one that it is to run, until its port is up and the last ring has its kick. */
  starting: number;
  /** From then until the old switch knows where it is. */
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
  // The port is up with its first pair; the last ring has all that it needs with its kick.
  const [up] = timesOf(arrived, `port ${port}: guest is up`);
  const [last] = timesOf(arrived, `(${socket}) vring kick idx:${2 * pairs - 1} `);
  const [stopping] = timesOf(from, message('GET_VRING_BASE')).slice(-2 * pairs);
  const stopped = timesOf(from, `(${socket}) vring base idx:${2 * pairs - 1} `);
  const end = Math.max(up ?? Number.NaN, last ?? Number.NaN);
  return {
    stopping: between(stopping, stopped.at(-1)),
    starting: between(starting, end),
    known: between(end, timesOf(from, learns).at(-1)),
  };
}

const between = (from = Number.NaN, to = Number.NaN) => to - from;

/** When lines were written that hold this text, in milliseconds; the log has microseconds. */
function timesOf(log: string, text: string): number[] {
  return log
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => {
      const [, second = '', micro = ''] = /^(\S+)\.(\d{6})Z /.exec(line) ?? [];
      return Date.parse(`${second}Z`) + Number(micro) / 1000;
    });
}
