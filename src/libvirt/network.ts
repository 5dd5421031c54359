import { Failed, InvalidInput } from '../values/errors.js';
import { virsh } from './virsh.js';

/** What libvirt says of one of its networks. */
export interface LibvirtNetwork {
  isActive: boolean;
  /** Its Linux bridge; undefined: it has none, as one of VFs or macvtap. */
  bridge: string | undefined;
}

/** A network's XML; undefined: libvirt has none of this name. @throws Failed */
export async function networkXml(uri: string, name: string): Promise<string | undefined> {
  try {
    return await virsh(uri, ['net-dumpxml', '--network', name]);
  } catch (cause) {
    if (cause instanceof Failed) throw cause;
    const problem = (cause as Error).message;
    if (isMissing(problem)) return undefined;
    throw unanswered(name, problem, cause);
  }
}

/** Asks libvirt about a network. @throws InvalidInput if there is none of this name, Failed */
export async function libvirtNetwork(uri: string, name: string): Promise<LibvirtNetwork> {
  let text: string;
  try {
    text = await virsh(uri, ['net-info', '--network', name]);
  } catch (cause) {
    if (cause instanceof Failed) throw cause;
    const problem = (cause as Error).message;
    if (!isMissing(problem)) throw unanswered(name, problem, cause);
    const remedy = "'virsh net-list --all' lists them";
    const missing = 'libvirt has no such network';
    throw new InvalidInput({ thing: `--libvirt ${name}`, problem: missing, remedy }, { cause });
  }
  return parseNetwork(text);
}

/** The answer of `virsh net-info`. */
export function parseNetwork(text: string): LibvirtNetwork {
  const value = (key: string) => new RegExp(`^${key}:\\s*(\\S+)\\s*$`, 'm').exec(text)?.[1];
  return { isActive: value('Active') === 'yes', bridge: value('Bridge') };
}

function isMissing(problem: string): boolean {
  return /network not found|no network with matching/i.test(problem);
}

function unanswered(name: string, problem: string, cause: unknown): Failed {
  const remedy = "try 'virsh net-list --all'";
  return new Failed({ thing: `libvirt network ${name}`, problem, remedy }, { cause });
}
