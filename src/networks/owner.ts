/** Whose the interfaces of a switch must be. */
import type { SwitchClient } from '../switch/client.js';
import { readAccounts } from '../system/accounts/table.js';
import { lookAt } from '../system/look/index.js';
import { userOf } from '../system/processes/table.js';
import { Failed } from '../values/errors.js';
import type { Owner } from './interfaces.js';

/** The user of the running switch, whose the interface must be. @throws Failed */
export function ownerOf({ hello: { pid } }: Pick<SwitchClient, 'hello'>): Owner {
  const uid = userOf(lookAt('/'), String(pid));
  if (uid !== undefined) return ownedBy(uid);
  throw new Failed({
    thing: `vhost-switch (pid ${pid})`,
    problem: 'its process cannot be seen, so its user is not known',
    remedy: 'run this where the switch runs, such as in its container',
  });
}

/** `ip` prints a user's name where there is one. */
export function ownedBy(uid: number): Owner {
  return { uid, name: readAccounts('user').find(([, , id]) => id === String(uid))?.[0] };
}
