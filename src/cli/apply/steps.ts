import { domainIdentity, hasNvram } from '../../domain/index.js';
import { Failed, VmlaneError } from '../../errors.js';
import { makeSeeds } from '../../host/seed.js';
import { isNoSuchDomain, type Libvirt, type Nvram } from '../../libvirt/index.js';
import { registerPorts, type SwitchClient } from '../../switch/index.js';
import { settingsOf } from '../../switch/register.js';
import { removePorts } from '../domain-ports.js';
import { startOnPorts } from '../start-domain.js';
import { destroyDomain, type StopOptions, stopDomain } from '../stop-domain.js';
import { defineMarked } from './define-marked.js';
import type { DomainPlan } from './plan.js';

type Doing = Pick<
  Libvirt,
  'state' | 'define' | 'definition' | 'start' | 'shutdown' | 'destroy' | 'undefine'
>;
type Ports = Pick<SwitchClient, 'ports' | 'addPort' | 'removePort' | 'setPort'>;

/** What the steps are done with. */
export interface Hands {
  libvirt: Doing;
  /** Absent: no step needs the switch, or it is out of reach. */
  client: Ports | undefined;
  stop: StopOptions & { signal: AbortSignal };
}

export type Deed = 'seed' | 'define' | 'ports' | 'stop' | 'start' | 'undefine';

/** One thing done with one domain. */
export interface Step {
  name: string;
  deed: Deed;
  run(): Promise<void>;
  /** Absent: what is done is done. */
  undo?(): Promise<unknown>;
}

/** All steps in their order: what can be taken back comes first. */
export function stepsOf(domains: readonly DomainPlan[], hands: Hands): Step[] {
  return [
    ...domains.flatMap(seedSteps),
    ...domains.flatMap((one) => defineSteps(one, hands)),
    ...domains.flatMap((one) => portSteps(one, hands)),
    // Before others start, which may want their sockets and their memory.
    ...domains.flatMap((one) => undefineSteps(one, hands)),
    ...domains.flatMap((one) => powerSteps(one, hands)),
  ];
}

function seedSteps({ name, seeds }: DomainPlan): Step[] {
  if (seeds.length === 0) return [];
  let undo = async () => {};
  const run = async () => {
    undo = await makeSeeds(seeds);
  };
  return [{ name, deed: 'seed', run, undo: () => undo() }];
}

function defineSteps(plan: DomainPlan, { libvirt }: Hands): Step[] {
  const { name, file = name, action, before, xml, mark } = plan;
  if (!xml || !mark || (action !== 'define' && action !== 'redefine')) return [];
  // What libvirt refused is not ours to take back: the domain of that name may be somebody else's.
  let undo = async () => {};
  const back = () => {
    return before === undefined ? undefineOurs(libvirt, name, xml) : libvirt.define(before);
  };
  const define = async (text: string) => {
    await libvirt.define(text);
    undo = back;
  };
  const definition = (one: string) => libvirt.definition(one);
  const run = () =>
    defineMarked({ define, definition }, name, xml, mark).catch((cause: unknown) => {
      if (!(cause instanceof VmlaneError)) throw cause;
      // No longer input alone: others may have been defined before.
      const { problem, remedy } = cause.trouble;
      throw new Failed({ thing: file, problem, remedy }, { cause });
    });
  return [{ name, deed: 'define', run, undo: () => undo() }];
}

/** Ports of guests that run on, and of those that are off and stay off. */
function portSteps(plan: DomainPlan, { client }: Hands): Step[] {
  const { name, requests, remove } = plan;
  const stale = remove.filter(({ state }) => state === 'waiting');
  const quiet = plan.steps.every(({ kind }) => kind === 'keep') && stale.length === 0;
  if (!client || quiet || changesPower(plan) || plan.action === 'undefine') return [];
  const undoing: (() => Promise<unknown>)[] = [];
  const run = async () => {
    for (const port of stale) {
      await client.removePort(port.name);
      undoing.push(() => client.addPort(settingsOf(port)));
    }
    undoing.push((await registerPorts(client, requests)).undo);
  };
  const undo = async () => {
    const failures: unknown[] = [];
    for (const one of undoing.splice(0).reverse()) {
      await one().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
  return [{ name, deed: 'ports', run, undo }];
}

function changesPower({ restart, start }: DomainPlan): boolean {
  return start || restart === 'yes';
}

function powerSteps(plan: DomainPlan, { libvirt, client, stop }: Hands): Step[] {
  const { name, requests, remove, restart } = plan;
  if (!changesPower(plan)) return [];
  const stopped: Step = {
    ...{ name, deed: 'stop' },
    run: async () => void (await stopDomain(libvirt, name, stop)),
  };
  const started: Step = {
    ...{ name, deed: 'start' },
    run: async () => {
      if (!client) return libvirt.start(name);
      await removePorts(client, name, pathsOf(remove));
      await startOnPorts(libvirt, name, client, requests);
    },
  };
  return restart === 'yes' ? [stopped, started] : [started];
}

function undefineSteps(plan: DomainPlan, { libvirt, client }: Hands): Step[] {
  const { name, action, state, before = '', sockets } = plan;
  if (action !== 'undefine') return [];
  const stopped: Step = {
    ...{ name, deed: 'stop' },
    run: async () => void (await destroyDomain(libvirt, name)),
  };
  const gone: Step = {
    ...{ name, deed: 'undefine' },
    run: async () => {
      if (client) await removePorts(client, name, sockets);
      await libvirt.undefine(name, wordOn(before));
    },
  };
  return state === 'shut off' ? [gone] : [stopped, gone];
}

/** Undefines what was defined with this XML, if it is there yet under its UUID. */
async function undefineOurs(
  libvirt: Pick<Libvirt, 'definition' | 'undefine'>,
  name: string,
  xml: string,
): Promise<void> {
  try {
    if (uuidOf(await libvirt.definition(name)) !== uuidOf(xml)) return;
    await libvirt.undefine(name, wordOn(xml));
  } catch (error) {
    if (!isNoSuchDomain(error)) throw error;
  }
}

function uuidOf(xml: string): string | undefined {
  return domainIdentity(xml).uuid?.replace(/[\s-]/g, '');
}

/** libvirt wants a word on UEFI variables before it undefines a guest: they are kept, as disks are. */
function wordOn(definition: string): Nvram | undefined {
  return hasNvram(definition) ? 'keep' : undefined;
}

function pathsOf(ports: readonly { path: string }[]): string[] {
  return ports.map(({ path }) => path);
}
