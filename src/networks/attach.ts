/** Interfaces that have lost their bridge: libvirt has started its network anew, or a bridge came late. */
import { Failed } from '../values/errors.js';
import { shellWord } from '../values/shell.js';
import { type PresentInterface, readInterfaces } from './interfaces.js';
import { interfacesOf, type NetworkRecord } from './records.js';
import { carryOut, type IpStep } from './steps.js';

/** Time limit for each call of `ip` while a guest waits for its start. */
const DEADLINE_MS = 1000;

/** The steps that put an interface into its bridge; none: it is there, or one of the two is missing. */
export function planAttachment(
  name: string,
  bridge: string,
  present: readonly PresentInterface[],
): IpStep[] {
  const found = present.find((one) => one.name === name);
  const isThere = present.some((one) => one.name === bridge && one.kind === 'bridge');
  if (!found || !isThere || found.master === bridge) return [];
  const steps: IpStep[] = [{ words: ['link', 'set', 'dev', name, 'master', bridge] }];
  if (!found.isUp) steps.push({ words: ['link', 'set', 'dev', name, 'up'] });
  return steps;
}

/**
 * Sees to it that guests who start in these VLANs reach what their networks are attached to.
 * @throws Failed if the bridge of one of these networks, or the interface in it, is not there
 */
export async function attachNetworks(
  controlSocket: string,
  networks: readonly NetworkRecord[],
  vlans: readonly number[],
): Promise<void> {
  const concerned = interfacesOf(controlSocket).filter(
    ({ bridge, settings }) => bridge !== undefined && vlans.includes(Number(settings.vlan ?? 0)),
  );
  if (concerned.length === 0) return;
  const present = await readInterfaces(DEADLINE_MS);
  for (const { name, bridge = '' } of concerned) {
    const network = networks.find((one) => one.interface === name);
    if (network) mustBeThere(network, present);
    const steps = planAttachment(name, bridge, present);
    if (steps.length > 0) await carryOut(steps, undefined, DEADLINE_MS);
  }
}

function mustBeThere(
  { name, bridge = '', interface: own = '', libvirt }: NetworkRecord,
  present: readonly PresentInterface[],
): void {
  const missing = [bridge, own].find((one) => !present.some((there) => there.name === one));
  if (missing === undefined) return;
  const start =
    libvirt === undefined ? 'make it' : `start it: virsh net-start ${shellWord(libvirt)}`;
  throw new Failed({
    thing: `network ${name}`,
    problem: `its ${missing === bridge ? 'bridge' : 'interface'} ${missing} is not there`,
    remedy: missing === bridge ? start : 'restart the switch, which makes it',
  });
}
