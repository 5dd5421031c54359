import type { Listener } from '../../contract/types.js';
import { RECONNECT_SECONDS } from '../../values/guest-socket.js';
import { GUEST_FOLDER } from '../../values/socket-path.js';
import { attribute, childrenOf } from '../../xml/element.js';
import { refusal } from '../../xml/text.js';
import type { KeptSettings } from './kept-settings.js';
import { type DomainNic, isOnSwitch } from './nics.js';
import { type NicSettings, nicSettings } from './pinned.js';

/** A vhost-user NIC of a domain, with the settings of its port. */
export interface VhostUserInterface extends NicSettings {
  /** Path of the socket, as written in the XML. */
  path: string;
  /** QEMU's role: `server` listens, `client` connects. */
  mode: 'server' | 'client';
}

/** How a NIC gets a socket where the switch listens, as in converted domains. */
export const SOURCE_REMEDY =
  `write <source type='unix' path='${GUEST_FOLDER}/GUEST/0.sock' mode='client'>` +
  `<reconnect enabled='yes' timeout='${RECONNECT_SECONDS}'/></source>`;

/** Who listens on the socket of a vhost-user NIC: libvirt's mode is QEMU's role, and a server listens. */
export function listenerOf({ mode }: Pick<VhostUserInterface, 'mode'>): Listener {
  return mode === 'server' ? 'qemu' : 'switch';
}

/**
 * The NICs on a socket of a switch, in their order. Invalid settings are left out here; portRequests
 * refuses them.
 * @throws InvalidInput for a NIC that libvirt would refuse: no path, no mode
 */
export function vhostUserInterfaces(
  nics: readonly DomainNic[],
  { settings }: KeptSettings,
): VhostUserInterface[] {
  return nics.filter(isOnSwitch).map((nic) => {
    const { element, mode } = nic;
    const path = attribute(childrenOf(element, 'source')[0], 'path');
    if (path === undefined || (mode !== 'server' && mode !== 'client')) {
      const problem = 'a vhostuser interface has no path, or a mode other than server and client';
      throw refusal(problem, SOURCE_REMEDY);
    }
    return { path, mode, ...nicSettings(nic, settings.get(path)) };
  });
}
