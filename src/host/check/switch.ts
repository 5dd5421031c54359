import type { Facts } from './facts.js';
import { count, type Found, ok, warning } from './finding.js';

export function* switchRuns({ switch: found, purpose }: Facts): Iterable<Found> {
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
