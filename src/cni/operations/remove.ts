import type { Port, SwitchClient } from '../../switch/index.js';
import type { Config } from '../call/config.js';
import type { Attachment } from '../call/environment.js';
import { CniError, CODE } from '../call/error.js';
import { interfacesOfPort, isPortOf, namesOf, ownFolder, socketFolderOf } from '../call/names.js';
import { type Delegation, delegate } from '../parts/ipam.js';
import { removePair } from '../parts/pair.js';
import { removeEmptyFolder, removeSocketFolder } from '../parts/socket.js';
import { withSwitch } from '../parts/switch.js';

/** Removes what a switch and this host have of an attachment, in whatever state it is. @throws SwitchError, Failed */
export async function removeAttachment(
  client: SwitchClient,
  config: Config,
  attachment: Attachment,
): Promise<void> {
  const names = namesOf(config.name, attachment);
  await client.removePort(names.port);
  if (config.mode === 'interface') await removePair(names);
  // ADD would have the switch listen in there: what somebody has put there is refused, not removed.
  else removeEmptyFolder(socketFolderOf(config.socketFolder, attachment));
}

/**
 * DEL: the address comes first, then what is on this host, then the port: whatever fails, the rest is free, and the
 * runtime that asks again finds less to do. What is not there is no error. @throws CniError, Failed
 */
export async function del(
  config: Config,
  attachment: Attachment,
  delegation: Delegation,
): Promise<void> {
  const isPair = config.mode === 'interface';
  const names = namesOf(config.name, attachment);
  await all([
    () => delegate(config.ipam, 'DEL', delegation),
    // A pair goes first, so that the container is off the network also when the switch does not answer.
    ...(isPair ? [() => removePair(names)] : []),
    async () => {
      await withSwitch(config, CODE.tryLater, (client) => client.removePort(names.port));
      // Not before: the switch still listens there.
      if (!isPair) await removeSocketFolder(socketFolderOf(config.socketFolder, attachment));
    },
  ]);
}

/** GC: removes all of this network but the attachments that the runtime says are valid. @throws CniError, Failed */
export async function gc(config: Config, delegation: Delegation): Promise<void> {
  if (config.valid === undefined)
    throw new CniError(CODE.config, {
      ...{ thing: 'cni.dev/valid-attachments', problem: 'is missing' },
      remedy: 'list the attachments that stay; an empty list removes all',
    });
  const kept = new Set(config.valid.map((one) => namesOf(config.name, one).port));
  const isLeft = ({ name }: Port) => isPortOf(config.name, name) && !kept.has(name);
  await all([
    () =>
      withSwitch(config, CODE.tryLater, async (client) => {
        const left = (await client.ports()).filter(isLeft);
        await all(left.map((port) => () => removeLeft(client, config, port)));
      }),
    () => delegate(config.ipam, 'GC', delegation),
  ]);
}

/** A pair goes before its port, by which the next GC finds what has not gone. */
async function removeLeft(client: SwitchClient, config: Config, port: Port): Promise<void> {
  const { name, path } = port;
  if (path === '') await removePair(interfacesOfPort(name));
  await client.removePort(name);
  const folder = ownFolder(config.socketFolder, config.name, { name, path });
  if (path !== '' && folder !== undefined) await removeSocketFolder(folder);
}

/** Each of them, whatever becomes of the others. @throws the first that one has thrown */
async function all(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
