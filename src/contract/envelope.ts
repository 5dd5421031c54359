/** Parses a line of the switch. Without zod, which is loaded only for a result to check. */
import { WrongShape } from './wrong-shape.js';

/** An answer's envelope: `id` is null if the switch could not identify the request. */
export interface Answer {
  id: number | null;
  result?: unknown;
  error?: { code: number; message: string };
}

/** What the switch says unasked. */
export interface Notification {
  method: string;
  params: Record<string, unknown>;
}

/** Parses one line of the switch; throws WrongShape. */
export function parseLine(line: string): Answer | Notification {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new WrongShape('not JSON', { cause });
  }
  const message = record(value, 'the answer');
  if (message.jsonrpc !== '2.0') throw new WrongShape('the answer is not JSON-RPC 2.0');
  if (typeof message.method === 'string') {
    return { method: message.method, params: record(message.params, 'params') };
  }
  const id = message.id === null ? null : whole(message.id);
  if (message.error !== undefined) {
    const { code, message: text } = record(message.error, 'error');
    if (typeof code !== 'number') throw new WrongShape('error.code is not a number');
    if (typeof text !== 'string') throw new WrongShape('error.message is not text');
    return { id, error: { code, message: text } };
  }
  if (!('result' in message)) throw new WrongShape('neither result nor error');
  return { id, result: message.result };
}

function record(value: unknown, at: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new WrongShape(`${at} is not an object`);
}

function whole(id: unknown): number {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id;
  throw new WrongShape('id is not a whole number');
}
