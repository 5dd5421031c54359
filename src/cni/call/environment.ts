/** A call's variables. */
import { mac as macSchema } from '../../spec/fields.js';
import { INTERFACE_NAME_WANTED, isInterfaceName } from '../../values/interface-name.js';
import { describe, quote } from '../../values/problems.js';
import { FILE_PATH_MAX, pathTrouble } from '../../values/socket-path.js';
import { CniError, CODE } from './error.js';

export const COMMANDS = ['ADD', 'DEL', 'CHECK', 'STATUS', 'GC', 'VERSION'] as const;
export type Command = (typeof COMMANDS)[number];

/** Whose interface a call is about: with the network's name its only key. */
export interface Attachment {
  container: string;
  ifname: string;
}

/** What a call about one container says. */
export interface Subject extends Attachment {
  /** What the interface is called in the container: the configuration's interfaceName, or CNI_IFNAME. */
  inside: string;
  /** Path of its network namespace; undefined: it is gone, or nobody knows. */
  netns: string | undefined;
  /** MAC in CNI_ARGS, for this container alone. */
  mac: string | undefined;
}

/** @throws CniError */
export function commandOf(env: NodeJS.ProcessEnv): Command {
  const { CNI_COMMAND: given } = env;
  const found = COMMANDS.find((one) => one === given);
  if (found) return found;
  throw wrong('CNI_COMMAND', describe(given), `a runtime gives one of ${COMMANDS.join(', ')}`);
}

/** @throws CniError */
export function subjectOf(
  env: NodeJS.ProcessEnv,
  interfaceName: string | undefined,
  needsNetns: boolean,
): Subject {
  const attachment = attachmentOf({ container: env.CNI_CONTAINERID, ifname: env.CNI_IFNAME });
  return {
    ...attachment,
    inside: interfaceName ?? attachment.ifname,
    netns: netnsOf(env.CNI_NETNS, needsNetns),
    mac: macOf(env.CNI_ARGS ?? ''),
  };
}

/** Folders with other plugins. */
export function pluginFolders({ CNI_PATH: path = '' }: NodeJS.ProcessEnv): string[] {
  // A relative one would be searched wherever the runtime happens to be.
  return path.split(':').filter((folder) => folder.startsWith('/'));
}

/** @throws CniError */
export function attachmentOf(given: { container?: unknown; ifname?: unknown }): Attachment {
  const { container, ifname } = given;
  if (typeof container !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_.-]{0,255}$/.test(container)) {
    const want = 'give 1 to 256 letters, digits or _ . -, the first a letter or digit';
    throw wrong('CNI_CONTAINERID', describe(container), want);
  }
  if (typeof ifname !== 'string' || !isInterfaceName(ifname))
    throw wrong('CNI_IFNAME', describe(ifname), `give ${INTERFACE_NAME_WANTED}`);
  return { container, ifname };
}

function netnsOf(given: string | undefined, isNeeded: boolean): string | undefined {
  if (!isNeeded && !given) return undefined;
  const remedy = "give the path of the container's network namespace";
  if (!given) throw wrong('CNI_NETNS', describe(given || undefined), remedy);
  const trouble = pathTrouble(given, FILE_PATH_MAX);
  if (trouble) throw wrong('CNI_NETNS', trouble.problem, trouble.remedy);
  return given;
}

/** `KEY=VALUE;KEY=VALUE`. Others' keys are none of our business only if the caller says so. */
function macOf(text: string): string | undefined {
  const pairs = new Map<string, string>();
  for (const word of text.split(';').filter(Boolean)) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    if (key === undefined || value === undefined)
      throw wrong('CNI_ARGS', `${quote(word)} is not KEY=VALUE`, 'give KEY=VALUE;KEY=VALUE');
    pairs.set(key, value);
  }
  const ignores = /^(?:1|t|true)$/i.test(pairs.get('IgnoreUnknown') ?? '');
  const unknown = [...pairs.keys()].find((key) => !['IgnoreUnknown', 'MAC'].includes(key));
  if (unknown !== undefined && !ignores)
    throw wrong('CNI_ARGS', `unknown key ${quote(unknown)}`, 'give MAC, or IgnoreUnknown=1 too');
  const mac = pairs.get('MAC');
  if (mac === undefined) return undefined;
  const { success } = macSchema.safeParse(mac);
  if (success) return mac.toLowerCase();
  const remedy = 'give a unicast address such as 52:54:00:12:34:56';
  throw wrong('CNI_ARGS', `MAC is ${quote(mac)}`, remedy);
}

function wrong(thing: string, problem: string, remedy: string): CniError {
  return new CniError(CODE.environment, { thing, problem, remedy });
}
