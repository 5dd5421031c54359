/** What vmlane has made on this host, to make it again after a boot: files in /etc/vmlane/interfaces. */
import * as z from 'zod';
import { INTERFACE_NAME, PORT_NAME } from '../contract/bounds.js';
import { HostFiles } from '../system/files/host-files.js';
import { InvalidInput } from '../values/errors.js';

/** Folder of the records. */
export const INTERFACES = '/etc/vmlane/interfaces';

/** An address with the length of its prefix: `192.0.2.1/24`. */
export const cidr = z.union([z.cidrv4(), z.cidrv6()]);

const interfaceName = z.string().max(INTERFACE_NAME.max).regex(INTERFACE_NAME.pattern);

const schema = z.strictObject({
  /** Also marks the file as ours. */
  version: z.literal(1),
  name: interfaceName,
  /** The port that it is, of the switch on this control socket. */
  port: z.string().max(PORT_NAME.max).regex(PORT_NAME.pattern),
  control_socket: z.string().regex(/^\/[^\0]*$/),
  mac: z.string().regex(/^([\da-f]{2}:){5}[\da-f]{2}$/),
  mtu: z.int().min(68).max(65_521),
  addresses: z.array(cidr),
  bridge: interfaceName.optional(),
  /** The port's, as port.add takes them; the switch checks them. */
  settings: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
});

/** An interface of vmlane's. */
export type InterfaceRecord = Omit<z.infer<typeof schema>, 'version'>;

function fileOf(name: string): string {
  return `${INTERFACES}/${name}.json`;
}

/** Names of the interfaces that have a record. @throws Failed */
export function recordedNames(root = '/'): string[] {
  const names = new HostFiles(root).names(INTERFACES);
  return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
}

/** All records, by name. @throws as readRecord */
export function readRecords(root = '/'): InterfaceRecord[] {
  return recordedNames(root).flatMap((name) => readRecord(name, root) ?? []);
}

/** Undefined: it has none. @throws InvalidInput for a file that is damaged, or that others may write; Failed */
export function readRecord(name: string, root = '/'): InterfaceRecord | undefined {
  const files = new HostFiles(root);
  const file = fileOf(name);
  const refuse = (problem: string, cause?: unknown) =>
    new InvalidInput(
      { thing: file, problem, remedy: 'remove it, and make the interface anew' },
      { cause },
    );
  const found = files.stat(file, 'kept');
  if (!found) return undefined;
  const owners = [0, process.geteuid?.() ?? 0];
  if (found.kind !== 'file' || !owners.includes(found.uid) || found.mode & 0o022)
    throw refuse('is not a file that only root may write');
  let data: unknown;
  try {
    data = JSON.parse(files.text(file) ?? '');
  } catch (error) {
    throw refuse('is not JSON', error);
  }
  const { data: record, error } = schema.safeParse(data);
  if (record) {
    const { version: _, ...rest } = record;
    if (rest.name === name) return rest;
    throw refuse(`is of another interface, ${rest.name}`);
  }
  const [issue] = error.issues;
  const where = issue?.path.join('.');
  throw refuse(`${where ? `${where}: ` : ''}${issue?.message ?? 'is malformed'}`, error);
}

/** @throws Failed */
export function writeRecord(record: InterfaceRecord, root = '/'): void {
  const text = `${JSON.stringify({ version: 1, ...record }, null, 2)}\n`;
  new HostFiles(root).write(fileOf(record.name), text, { mode: 0o644, last: 'kept' });
}

/** @throws Failed */
export function removeRecord(name: string, root = '/'): void {
  new HostFiles(root).remove(fileOf(name), 'kept');
}
