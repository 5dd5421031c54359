/** Static relays: what a start of the switch makes of those in its settings. */
import type { LcoreInfo, Port } from '../contract/types.js';
import type { StaticRelay } from '../switch/static-relays.js';
import { Failed, VmlaneError } from '../values/errors.js';
import { staticPort } from '../values/static-relay.js';
import { carryOut, type Ports } from './carry-out.js';
import { type RelayStep, setting } from './steps.js';

/**
 * The steps to a static relay, whose device the switch has from its start. A relay of this name that somebody has
 * added gives way: the settings are its author. @throws Failed
 */
export function planStatic(
  ports: readonly Port[],
  lcores: readonly LcoreInfo[],
  relay: StaticRelay,
): RelayStep[] {
  const { name, path, listener, cpus, trunks, link } = relay;
  const vf = ports.find((port) => port.name === staticPort(name, 'vf'));
  const vm = ports.find((port) => port.name === staticPort(name, 'vm'));
  if (!vf) {
    const problem = 'the switch was started without its device';
    throw refused(name, problem, 'restart the switch; guests keep their NICs');
  }
  const others = ports.filter(
    (port) => port.relay === name && port !== vf && port !== vm && (path !== null || port.device),
  );
  const holder = ports.find((port) => path !== null && port.path === path);
  if (holder && holder !== vm && !others.includes(holder)) {
    const problem = `its socket ${path} is that of port ${holder.name}`;
    throw refused(name, problem, `vmlane switch remove ${holder.name}, and restart the switch`);
  }
  const isThere = vm !== undefined && vm.path === path && vm.listener === listener;
  const gone = [...others, ...(vm && !isThere ? [vm] : [])];
  const steps = gone.map((port): RelayStep => ({ do: 'remove', port }));
  if (path !== null && !isThere) {
    const own = { name: staticPort(name, 'vm'), path, listener, relay: name };
    steps.push({ do: 'add', request: { ...own, ...(link && { link }) } });
  }
  if (trunks !== undefined) steps.push(...setting(vf, { trunks }));
  if (link && vm && isThere) steps.push(...setting(vm, { link }));
  return [...steps, ...moves(name, lcores, cpus, { vf, vm, hasGuest: path !== null })];
}

function moves(
  name: string,
  lcores: readonly LcoreInfo[],
  cpus: StaticRelay['cpus'],
  ends: { vf: Port; vm: Port | undefined; hasGuest: boolean },
): RelayStep[] {
  if (!cpus) return [];
  return (['vf', 'vm'] as const).flatMap((end, at): RelayStep[] => {
    const lcore = lcores.find(({ cpu }) => cpu === cpus[at])?.lcore;
    // One that is there by the switch's choice must be pinned all the same, or the balancer moves it.
    const isPinned = ends[end]?.lcore === lcore && ends[end]?.pinned === true;
    if (lcore === undefined || isPinned || (end === 'vm' && !ends.hasGuest)) return [];
    return [{ do: 'move', name: staticPort(name, end), lcore }];
  });
}

/** What the switch is asked. */
export type StaticRelayClient = Ports & {
  ports(): Promise<Port[]>;
  info(): Promise<{ lcores: LcoreInfo[] }>;
};

/** Makes the guests' halves of static relays. One that cannot be is no reason to leave others out; returns what failed. */
export async function restoreStaticRelays(
  client: StaticRelayClient,
  relays: readonly StaticRelay[],
): Promise<VmlaneError[]> {
  const failed: VmlaneError[] = [];
  const { lcores } = await client.info();
  for (const relay of relays) {
    try {
      await carryOut(client, planStatic(await client.ports(), lcores, relay));
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      failed.push(error);
    }
  }
  return failed;
}

function refused(name: string, problem: string, remedy: string): Failed {
  return new Failed({ thing: `static relay ${name}`, problem, remedy });
}
