import { SwitchClient } from '../../switch/index.js';
import { userOf } from '../../system/processes/table.js';
import { VmlaneError } from '../../values/errors.js';
import { type Check, type FactsOf, MILD, type View } from './check.js';
import { count, type Found, ok, warning } from './finding.js';
import { purpose } from './shared.js';

/** What the switch reports, or why it does not answer. */
export type SwitchFacts =
  | {
      socket: string;
      version: string;
      dpdk: string;
      pid: number;
      /** Its effective user; absent: it has just ended. */
      uid?: number;
      ports: readonly string[];
    }
  | { socket: string; problem: string; remedy: string };

/** Asks the switch; undefined if not asked, because the root is not `/`. */
export async function readSwitch({ switch: socket, host }: View): Promise<SwitchFacts | undefined> {
  if (!host.live) return undefined;
  try {
    const client = await SwitchClient.connect(socket);
    try {
      const { version, dpdk, pid } = client.hello;
      const ports = (await client.ports()).map(({ path }) => path);
      const uid = userOf(host, `${pid}`);
      return { socket, version, dpdk, pid, ports, ...(uid !== undefined && { uid }) };
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

const UNROOT =
  "vmlane host setup --sockets, then start it again without '--user root': guests stay up";

export const switchRuns: Check<typeof READS> = {
  name: 'switch',
  levels: MILD,
  reads: READS,
  judge,
};

function* judge({ switch: found, purpose }: FactsOf<typeof READS>): Iterable<Found> {
  if (!found) return;
  if ('version' in found) {
    const { socket, version, dpdk, pid, uid, ports } = found;
    const what = `switch ${version} runs, with ${count(ports.length, 'port')}`;
    yield ok(what, `${socket}: process ${pid}, ${dpdk}`);
    if (uid === 0) {
      const problem = "the switch runs as root: a guest that takes it over has the host's root";
      yield warning(problem, `process ${pid}`, UNROOT);
    }
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
