import { parseSettings } from '../host/hook/settings.js';
import { attachAgain } from '../networks/attach.js';

/**
 * Handles the call of libvirt's network hook when a network has started, with the hook's settings and libvirt's
 * arguments (network, operation, …). libvirt waits and holds the network's lock meanwhile, so nothing here may ask
 * libvirt. What was done, and what failed, goes to standard error, which the hook's file makes a log of.
 * @throws InvalidInput, Failed
 */
export async function networkStarted([settings = '', name = '']: readonly string[]): Promise<void> {
  const { attached, failed } = await attachAgain(parseSettings(settings).switch, name);
  const lines = [
    ...attached.map((one) => `${one.name} is in bridge ${one.bridge} again`),
    ...failed.map(({ message }) => message),
  ];
  const time = new Date().toISOString().replace(/\.\d+/, '');
  for (const line of lines) process.stderr.write(`${time} network ${name}: ${line}\n`);
}
