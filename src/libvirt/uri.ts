import { InvalidInput } from '../values/errors.js';
import { sshHostOf } from '../values/ssh-host.js';

/** The URI to use: the given one, else virsh's default. */
export function libvirtUri(given: string | undefined, env: NodeJS.ProcessEnv): string {
  return given ?? (env.LIBVIRT_DEFAULT_URI || 'qemu:///system');
}

/** Whether the URI names another host: its sockets and its switch are not ours. */
export function isRemote(uri: string): boolean {
  const host = /^[^:/]+:\/\/(?:[^@/?]*@)?(\[[^\]]*\]|[^:/?]*)/.exec(uri)?.[1] ?? '';
  return !['', 'localhost', '127.0.0.1', '[::1]'].includes(host);
}

/**
 * The URI, for what is looked for on this host by it; `whose` says what: `its bridges`. @throws InvalidInput if it is
 * another host's
 */
export function uriOfHere(uri: string, whose: string): string {
  if (!isRemote(uri)) return uri;
  const problem = `${whose} are those of another host`;
  throw new InvalidInput({ thing: uri, problem, remedy: 'run vmlane there' });
}

/**
 * The URI of guests with sockets that the switch can reach: on this host, by ssh, or its switch is named.
 * Throws InvalidInput for others.
 */
export function reachableUri(
  given: string | undefined,
  switchSocket: string | undefined,
  env: NodeJS.ProcessEnv,
): string {
  const uri = libvirtUri(given, env);
  if (!isRemote(uri) || switchSocket !== undefined || sshHostOf(uri)) return uri;
  const problem = 'its sockets are on another host, out of reach of the switch here';
  const remedy = "run this there, or name its switch's forwarded socket with --control-socket";
  throw new InvalidInput({ thing: uri, problem, remedy });
}
