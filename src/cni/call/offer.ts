/**
 * What this host offers to configurations beyond networks that `vmlane network add` has made: a settings file of root's.
 * Who may write a configuration, as in Kubernetes, is not who administers the host.
 */
import * as z from 'zod';
import { DEFAULT_CONTROL_SOCKET } from '../../contract/bounds.js';
import { object, socketPath } from '../../spec/fields.js';
import { problemsOf } from '../../spec/issues.js';
import { vlanList, yesNo } from '../../spec/schema/kinds.js';
import { readYaml } from '../../spec/yaml.js';
import { isBelieved } from '../../system/files/believed.js';
import { HostFiles } from '../../system/files/host-files.js';
import { InvalidInput } from '../../values/errors.js';
import { refuse } from '../../values/problems.js';
import { GUEST_FOLDER } from '../../values/socket-path.js';
import { vlansOfList } from '../../values/vlan-list.js';
import type { Config } from './config.js';
import { CniError, CODE } from './error.js';

/** Its folder, unless VMLANE_SETTINGS names another: a configuration sets no variable. */
const FOLDER = '/etc/vmlane';

const paths = z.array(socketPath, { error: 'give a list of absolute paths' });

const schema = object({
  vlans: vlanList.optional(),
  'no-vlan': yesNo.optional(),
  'control-sockets': paths.optional(),
  'socket-folders': paths.optional(),
  'args-mac': yesNo.optional(),
});

type Offer = z.infer<typeof schema>;

/** The paths, which every call uses as root. @throws CniError, InvalidInput for the file */
export function checkPaths(
  { controlSocket, socketFolder }: Pick<Config, 'controlSocket' | 'socketFolder'>,
  env: NodeJS.ProcessEnv,
): void {
  if (controlSocket !== DEFAULT_CONTROL_SOCKET)
    mustOffer(env, 'controlSocket', ['control-sockets', `[${controlSocket}]`], (offer) =>
      offer['control-sockets']?.includes(controlSocket),
    );
  if (socketFolder !== GUEST_FOLDER)
    mustOffer(env, 'socketFolder', ['socket-folders', `[${socketFolder}]`], (offer) =>
      offer['socket-folders']?.includes(socketFolder),
    );
}

/** What a new port is to have. `argsMac`: MAC in CNI_ARGS. @throws CniError, InvalidInput for the file */
export function checkPort(
  { network, vlan, mac }: Pick<Config, 'network' | 'vlan' | 'mac'>,
  argsMac: string | undefined,
  env: NodeJS.ProcessEnv,
): void {
  if (vlan !== undefined)
    mustOffer(env, `vlan ${vlan}`, ['vlans', `${vlan}`], (offer) =>
      vlansOfList(String(offer.vlans ?? ''))?.includes(vlan),
    );
  else if (network === undefined)
    mustOffer(env, 'a port in no VLAN', ['no-vlan', 'true'], (offer) => offer['no-vlan']);
  // Runtimes may say one MAC twice: as a capability, and in this older way.
  if (argsMac !== undefined && argsMac !== mac)
    mustOffer(env, 'MAC in CNI_ARGS', ['args-mac', 'true'], (offer) => offer['args-mac']);
}

const INSTEAD: Readonly<Record<string, string>> = {
  vlans: 'give a network of vmlane network list',
  'no-vlan': 'give a network of vmlane network list',
  'args-mac': 'give the network the capability mac',
};

/** The file is read only when something needs it, as it can only offer more. */
function mustOffer(
  { VMLANE_SETTINGS: folder }: NodeJS.ProcessEnv,
  thing: string,
  [key, value]: [key: keyof Offer, value: string],
  isOfferedBy: (offer: Offer) => boolean | undefined,
): void {
  const file = `${folder || FOLDER}/cni.yaml`;
  if (isOfferedBy(readOffer(file))) return;
  const instead = INSTEAD[key] ?? 'leave it out';
  const remedy = `${instead}, or have root offer it: ${key}: ${value} in ${file}`;
  throw new CniError(CODE.config, { thing, problem: 'is not offered by this host', remedy });
}

/** Nothing without a file. @throws InvalidInput for a mistake, or a file that others could have written */
function readOffer(file: string): Offer {
  const files = new HostFiles();
  const found = files.stat(file, 'kept');
  if (!found) return {};
  if (!isBelieved(found))
    throw new InvalidInput({
      ...{ thing: file, problem: 'is not a file that only root may write' },
      remedy: `chown root ${file}; chmod go-w ${file}`,
    });
  const data = readYaml(files.text(file) ?? '', file) ?? {};
  const { success, data: offer, error } = schema.safeParse(data);
  return success ? offer : refuse(file, problemsOf(error.issues, data));
}
