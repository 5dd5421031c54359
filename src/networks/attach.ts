/** Interfaces that have lost their bridge: libvirt has started its network anew, or a bridge came late. */
import { Failed } from '../values/errors.js';
import { type PresentInterface, readInterfaces } from './interfaces.js';
import type { NetworkRecord } from './records.js';
import { carryOut, type IpStep } from './steps.js';

/** The step that puts an interface into its bridge; undefined: it is there, or one of the two is missing. */
export function planAttachment(
  name: string,
  bridge: string,
  present: readonly PresentInterface[],
): IpStep | undefined {
  const found = present.find((one) => one.name === name);
  const isThere = present.some((one) => one.name === bridge && one.kind === 'bridge');
  if (!found || !isThere || found.master === bridge) return undefined;
  return { words: ['link', 'set', 'dev', name, 'master', bridge] };
}

/**
 * Sees to it that guests who start in these networks reach what they are attached to. @throws Failed if a
 * bridge, or the interface in it, is not there
 */
export async function attachNetworks(networks: readonly NetworkRecord[]): Promise<void> {
  const attached = networks.filter(({ bridge }) => bridge !== undefined);
  if (attached.length === 0) return;
  const present = await readInterfaces();
  for (const { name, bridge = '', interface: own = '', libvirt } of attached) {
    const missing = [bridge, own].find((one) => !present.some((there) => there.name === one));
    if (missing !== undefined) {
      const start = libvirt === undefined ? `make it` : `start it: virsh net-start ${libvirt}`;
      const remedy = missing === bridge ? start : 'restart the switch, which makes it';
      const problem = `its ${missing === bridge ? 'bridge' : 'interface'} ${missing} is not there`;
      throw new Failed({ thing: `network ${name}`, problem, remedy });
    }
    const step = planAttachment(own, bridge, present);
    if (step) await carryOut([step]);
  }
}
