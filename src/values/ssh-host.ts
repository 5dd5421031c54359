/** Other hosts by the names that OpenSSH takes. */
import { InvalidInput } from './errors.js';
import { quote } from './problems.js';

/** A host that ssh reaches; what is absent is as ssh's own settings say. */
export interface SshHost {
  /** A name, an address, or a `Host` of ssh's settings. */
  host: string;
  user?: string;
  port?: number;
  /** Path of a private key. */
  keyFile?: string;
}

/** None can be taken for an option, and none means anything to a shell. */
const HOST = /^(?!-)[\w.:%-]{1,255}$/;
const USER = /^(?!-)[\w.-]{1,32}$/;
const PARTS = /^(?:ssh:\/\/)?(?:([^@/?]*)@)?(\[[^\]/?]*\]|[^:/?[\]]*)(?::(\d*))?\/?$/;

/** A host as a user writes it: `web1`, `root@web1`, `ssh://root@[2001:db8::1]:2222`. @throws InvalidInput */
export function sshHost(text: string, thing: string): SshHost {
  const found = partsOf(PARTS.exec(text)?.slice(1) ?? []);
  if (found) return found;
  throw new InvalidInput({
    thing,
    problem: `${quote(text)} is no host that ssh takes`,
    remedy: 'write HOST, USER@HOST or ssh://USER@HOST:PORT',
  });
}

const URI =
  /^[a-z]+\+(?:ssh|libssh2?):\/\/(?:([^@/?]*)@)?(\[[^\]/?]*\]|[^:/?[\]]*)(?::(\d*))?\/[^?]*(?:\?(.*))?$/;

/** The host of a libvirt URI that libvirt reaches by ssh, with its `keyfile`; undefined for other URIs. */
export function sshHostOf(uri: string): SshHost | undefined {
  const [user, host, port, query] = URI.exec(uri)?.slice(1) ?? [];
  const found = partsOf([user, host, port]);
  const keyFile = new URLSearchParams(query ?? '').get('keyfile');
  return found && { ...found, ...(keyFile?.startsWith('/') && { keyFile }) };
}

/** The URI of the libvirt that runs that host's guests, which libvirt reaches by ssh. */
export function sshUri({ host, user, port }: SshHost): string {
  const name = host.includes(':') ? `[${host}]` : host;
  const by = user === undefined ? '' : `${user}@`;
  return `qemu+ssh://${by}${name}${port === undefined ? '' : `:${port}`}/system`;
}

function partsOf([user, bracketed, port]: (string | undefined)[]): SshHost | undefined {
  const host = bracketed?.replace(/^\[|\]$/g, '');
  if (host === undefined || !HOST.test(host)) return undefined;
  if (user !== undefined && !USER.test(user)) return undefined;
  if (port === undefined) return { host, ...(user !== undefined && { user }) };
  const number = Number(port);
  if (!(number >= 1 && number <= 65_535)) return undefined;
  return { host, ...(user !== undefined && { user }), port: number };
}

/** ssh's words for it: options, then the host. */
export function sshWords({ host, user, port, keyFile }: SshHost): string[] {
  return [
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(keyFile === undefined ? [] : ['-i', keyFile]),
    '--',
    host,
  ];
}
