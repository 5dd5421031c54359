import { SwitchClient } from '../../switch/index.js';
import { VmlaneError } from '../../values/errors.js';
import { type Check, type FactsOf, MILD, type View } from './check.js';
import { count, type Found, ok, warning } from './finding.js';
import { purpose } from './shared.js';

/** What the switch reports, or why it does not answer. */
export type SwitchFacts =
  | { socket: string; version: string; dpdk: string; pid: number; ports: readonly string[] }
  | { socket: string; problem: string; remedy: string };

/** Asks the switch; undefined if not asked, because the root is not `/`. */
export async function readSwitch({ switch: socket, host }: View): Promise<SwitchFacts | undefined> {
  if (!host.live) return undefined;
  try {
    const client = await SwitchClient.connect(socket);
    try {
      const { version, dpdk, pid } = client.hello;
      const ports = (await client.ports()).map(({ path }) => path);
      return { socket, version, dpdk, pid, ports };
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    const { problem, remedy } = error.trouble;
    return { socket, problem, remedy };
  }
}

const READS = { switch: readSwitch, purpose };

export const switchRuns: Check<typeof READS> = {
  name: 'switch',
  levels: MILD,
  reads: READS,
  judge,
};

function* judge({ switch: found, purpose }: FactsOf<typeof READS>): Iterable<Found> {
  if (!found) return;
  if ('version' in found) {
    const { socket, version, dpdk, pid, ports } = found;
    const what = `switch ${version} runs, with ${count(ports.length, 'port')}`;
    yield ok(what, `${socket}: process ${pid}, ${dpdk}`);
  } else if (purpose === 'sriov') {
    yield ok('no switch answers, which guests with VFs do not need', found.socket);
  } else {
    yield warning(
      `no switch answers: guests wait for it when they start, or have no traffic`,
      `${found.socket}: ${found.problem}`,
      found.remedy,
    );
  }
}
