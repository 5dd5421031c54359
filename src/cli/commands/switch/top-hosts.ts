/** `vmlane switch top --host`: the readings of several hosts as those of one. */
import type { HostFailed } from '../../../inventory/answer.js';
import { hostDeadlineMs } from '../../../inventory/deadline.js';
import { type Followed, TopOfHosts } from '../../../inventory/top.js';
import { wordsThere } from '../../../inventory/words.js';
import { sshHosts } from '../../../values/ssh-hosts.js';
import { asOne, hostErrorJson, waitingText } from '../../hosts.js';
import type { JsonObject } from '../../output.js';
import type { Row } from './top-rows.js';
import { type TopSource, timeOfDay, type Wanted } from './top-source.js';
import { PAIRS_SECONDS, type Shown } from './top-view.js';

/** Until hosts have answered for the first time, it is said so often for whom we wait. */
const PATIENCE_MS = 2000;
/** A host that is late does not keep others' rates back longer than this part of an interval. */
const LATE = 1.5;

export class SeveralHosts implements TopSource {
  readonly #hosts: TopOfHosts;
  #seconds = 0;
  #failed: HostFailed[] = [];
  #hasAnswer = false;
  #isComplete = false;

  /** @throws InvalidInput */
  constructor(hosts: string, controlSocket: string | undefined, env: NodeJS.ProcessEnv) {
    const words = wordsThere(['switch', 'top'], { 'control-socket': controlSocket });
    this.#hosts = new TopOfHosts(sshHosts(hosts, '--host'), words, hostDeadlineMs(env));
  }

  async read({ seconds, showsPairs }: Wanted): Promise<Shown> {
    const pairs = showsPairs && seconds < PAIRS_SECONDS;
    this.#hosts.follow({ seconds, pairs });
    this.#seconds = seconds;
    const all = this.#hosts.take();
    const waiting = all.filter(({ reading, failed }) => !reading && !failed);
    this.#failed = all.flatMap(({ failed }) => failed ?? []);
    this.#hasAnswer ||= all.some(({ reading }) => reading);
    // Nobody will look at an empty table for long to learn that its hosts' names are wrong.
    if (!this.#hasAnswer && waiting.length === 0) throw asOne(this.#failed);
    this.#isComplete = waiting.length === 0;
    return {
      time: timeOfDay(),
      rows: all.flatMap(rowsOf),
      lcores: all.flatMap(({ host, reading }) =>
        (reading?.lcores ?? []).map((lcore) => ({ host, ...lcore })),
      ),
      pairs: pairs ? pairsOf(all) : undefined,
      troubles: this.#failed.map(({ message }) => message),
      ...(waiting.length > 0 && { waiting: waitingText(waiting.map(({ host }) => host)) }),
      isNew: this.#isComplete && all.some(({ isNew }) => isNew),
    };
  }

  next(seconds: number, signal: AbortSignal): Promise<void> {
    return this.#hosts.news(this.#isComplete ? LATE * seconds * 1000 : PATIENCE_MS, signal);
  }

  json(): JsonObject {
    return { seconds: this.#seconds, errors: this.#failed.map(hostErrorJson) };
  }

  status(): number {
    return this.#failed.length > 0 ? 1 : 0;
  }

  close(): void {
    this.#hosts.close();
  }
}

function rowsOf({ host, reading }: Followed): Row[] {
  return (reading?.ports ?? []).map(({ load, rates, ...port }) => {
    return { host, ...port, load: load ?? undefined, rates: rates ?? undefined };
  });
}

/** The busiest of all, each with its host. */
function pairsOf(all: readonly Followed[]): Shown['pairs'] {
  const known = all.flatMap(({ host, reading }) =>
    reading?.pairs ? [{ host, pairs: reading.pairs }] : [],
  );
  if (known.length === 0) return undefined;
  const named = known.flatMap(({ host, pairs }) => pairs.map((pair) => ({ host, ...pair })));
  return named.toSorted((a, b) => b.bits - a.bits);
}
