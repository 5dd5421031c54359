/** Ports of the switches of several hosts. */
import { answers } from '../contract/answers.js';
import { checked } from '../contract/check.js';
import type { Port } from '../contract/types.js';

/** What `vmlane switch ports --json` has printed. @throws WrongShape */
export function portsIn(answer: unknown): Port[] {
  return checked(answers['port.list'], withoutNulls(answer), 'answer').ports;
}

/** There, what a switch does not say is null. */
function withoutNulls(answer: unknown): unknown {
  const { ports } = (answer ?? {}) as { ports?: unknown };
  if (!Array.isArray(ports)) return answer;
  return { ports: ports.map(withoutNull) };
}

function withoutNull(port: unknown): unknown {
  if (typeof port !== 'object' || port === null || Array.isArray(port)) return port;
  return Object.fromEntries(Object.entries(port).filter(([, value]) => value !== null));
}
