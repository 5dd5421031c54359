/**
 * Kinds of value in a spec. Zod's message holds the remedy ("give …"); the problem comes from
 * `params.problem` of a custom issue, or from the value itself (issues.ts).
 */
import * as z from 'zod';
import { quote } from '../values/problems.js';
import { FILE_PATH_MAX, pathTrouble, SOCKET_PATH_MAX, unprintable } from '../values/socket-path.js';

/** A mapping that refuses unknown keys. Its message lists the known ones, for issues.ts to choose from. */
export function object<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, { error: Object.keys(shape).join(', ') });
}

/** A string that matches a pattern. */
export function text(pattern: RegExp, remedy: string) {
  return z.string({ error: remedy }).regex(pattern, { error: remedy });
}

/** Adds a problem to `context`, for `superRefine`. */
export function refused(
  context: z.RefinementCtx,
  trouble: { problem: string; remedy: string } | undefined,
  path: PropertyKey[] = [],
): void {
  if (trouble === undefined) return;
  const { problem, remedy } = trouble;
  context.addIssue({ code: 'custom', message: remedy, params: { problem }, path });
}

/** Requires exactly one of `keys`. */
export function exactlyOne(keys: readonly string[], value: object, context: z.RefinementCtx): void {
  const given = keys.filter((key) => key in value);
  if (given.length === 1) return;
  const problem =
    given.length === 0 ? `has none of ${keys.join(', ')}` : `has ${given.join(' and ')}`;
  refused(context, { problem, remedy: `give exactly one of ${keys.join(', ')}` });
}

export const filePath = path(FILE_PATH_MAX);
export const socketPath = path(SOCKET_PATH_MAX);

function path(maxBytes: number) {
  return z
    .string({ error: 'give an absolute path' })
    .superRefine((value, context) => refused(context, pathTrouble(value, maxBytes)))
    .meta({ pattern: '^/.' });
}

export const size = text(
  /^[0-9]+[MGT]iB$/,
  'give a size with its unit, such as 256MiB or 4GiB',
).superRefine((value, context) => {
  if (!/^0+[MGT]/.test(value)) return;
  refused(context, {
    problem: 'is zero',
    remedy: 'give a size with its unit, such as 256MiB or 4GiB',
  });
});

/** Unicast and not zero, as libvirt requires for a NIC (9.0, virDomainNetDefParseXML). */
export const mac = text(
  /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/,
  'give six octets, such as 52:54:00:12:34:56',
).superRefine((value, context) => {
  if (/^(00:){5}00$/.test(value)) {
    refused(context, {
      problem: 'is all zero',
      remedy: 'leave it out to get one made from the name',
    });
  } else if (Number.parseInt(value.slice(0, 2), 16) & 1) {
    const problem = `${quote(value)} is a multicast address`;
    refused(context, { problem, remedy: 'make the first octet even, such as 52:54:00:12:34:56' });
  }
});

/** One line of printable text of at most `maxBytes` bytes. */
export function line(maxBytes: number) {
  return z.string({ error: 'give a line of text' }).superRefine((value, context) => {
    if (unprintable(value)) {
      refused(context, { problem: 'holds a control character', remedy: 'write it on one line' });
    } else if (Buffer.byteLength(value) > maxBytes) {
      const problem = `is ${Buffer.byteLength(value)} bytes long`;
      refused(context, { problem, remedy: `keep it to ${maxBytes} bytes` });
    }
  });
}

/** Lines of printable text, for a file. */
export const document = z.string({ error: 'give a text' }).superRefine((value, context) => {
  if (unprintable(value.replace(/[\n\t]/g, ''))) {
    refused(context, { problem: 'holds a control character', remedy: 'remove it' });
  } else if (value.length > DOCUMENT_MAX) {
    const problem = `has ${value.length} characters`;
    refused(context, { problem, remedy: `keep it to ${DOCUMENT_MAX}, or name a file` });
  } else if (value.trim() === '') {
    refused(context, { problem: 'is empty', remedy: 'give a text, or leave it out' });
  }
});

/** cloud-init's own limit is larger; clouds allow 16 to 64 KiB. */
const DOCUMENT_MAX = 65_536;
