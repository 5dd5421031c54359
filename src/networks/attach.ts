/** Interfaces that have lost their bridge: libvirt has started its network anew, or a bridge came late. */
import { Failed, VmlaneError } from '../values/errors.js';
import { shellWord } from '../values/shell.js';
import { type PresentInterface, readInterfaces } from './interfaces.js';
import { interfacesOf, type NetworkRecord, networksOf } from './records.js';
import { carryOut, type IpStep } from './steps.js';

/** Time limit for each call of `ip` while libvirt waits, with a guest or a network to be started. */
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

/** What became of interfaces when a network of libvirt's had started. */
export interface Attached {
  /** Those that are back in their bridge, */
  attached: { name: string; bridge: string }[];
  /** and what kept others from it. */
  failed: VmlaneError[];
}

/**
 * Puts the interfaces of a switch that are in no bridge back into theirs, after libvirt has started a network, whose
 * bridge is new then. One that somebody has put into another bridge stays there. @throws Failed without `ip`
 */
export async function attachAgain(controlSocket: string, libvirt: string): Promise<Attached> {
  const done: Attached = { attached: [], failed: [] };
  const attempt = async (act: () => Promise<void> | void) => {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      done.failed.push(error);
    }
  };
  const present = await readInterfaces(DEADLINE_MS);
  for (const { name, bridge } of interfacesOf(controlSocket)) {
    const isAlone = present.some((one) => one.name === name && one.master === undefined);
    const steps = isAlone && bridge !== undefined ? planAttachment(name, bridge, present) : [];
    if (bridge === undefined || steps.length === 0) continue;
    await attempt(async () => {
      await carryOut(steps, undefined, DEADLINE_MS);
      done.attached.push({ name, bridge });
    });
  }
  const networks = networksOf(controlSocket).filter((one) => one.libvirt === libvirt);
  for (const network of networks) {
    const anew = `libvirt's ${libvirt} has another one by now: remove the network and add it again`;
    await attempt(() => mustBeThere(network, present, anew));
  }
  return done;
}

function mustBeThere(
  { name, bridge = '', interface: own = '', libvirt }: NetworkRecord,
  present: readonly PresentInterface[],
  start = libvirt === undefined ? 'make it' : `start it: virsh net-start ${shellWord(libvirt)}`,
): void {
  const missing = [bridge, own].find((one) => !present.some((there) => there.name === one));
  if (missing === undefined) return;
  throw new Failed({
    thing: `network ${name}`,
    problem: `its ${missing === bridge ? 'bridge' : 'interface'} ${missing} is not there`,
    remedy: missing === bridge ? start : 'restart the switch, which makes it',
  });
}
