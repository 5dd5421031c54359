/** vhost-user NICs that a guest's own arguments have. */
import { InvalidInput } from '../../values/errors.js';
import { type Argument, propertiesOf } from '../syntax/arguments.js';
import { get } from '../syntax/properties.js';

/** Ids of their netdevs. @throws InvalidInput for two NICs on one socket: only one of them would get frames */
export function ownVhostUser(list: readonly Argument[]): string[] {
  const paths = new Map<string, string>();
  for (const one of all(list, 'chardev')) {
    const path = get(propertiesOf(one), 'path');
    if (path !== undefined) paths.set(get(propertiesOf(one), 'id') ?? '', path);
  }
  const users = new Map<string, string>();
  return all(list, 'netdev').flatMap((one) => {
    const netdev = propertiesOf(one);
    if (get(netdev, 'type') !== 'vhost-user') return [];
    const id = get(netdev, 'id') ?? '';
    const chardev = get(netdev, 'chardev') ?? '';
    const socket = paths.get(chardev) ?? `chardev ${chardev}`;
    const other = users.get(socket);
    if (other !== undefined) {
      throw new InvalidInput({
        thing: `netdev ${id}`,
        problem: `is on ${socket}, as netdev ${other} is, and one of them would get no frame`,
        remedy: 'give each NIC a socket of its own',
      });
    }
    users.set(socket, id);
    return id;
  });
}

function all(list: readonly Argument[], option: string): Argument[] {
  return list.filter((argument) => argument.option === option);
}
