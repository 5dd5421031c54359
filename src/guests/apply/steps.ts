import { registerPorts } from '../../switch/index.js';
import { settingsOf } from '../../switch/register.js';
import { tellRemoved } from '../remove-ports.js';
import { makeSeeds } from '../seed.js';
import { defineSteps } from './define-steps.js';
import type { DomainPlan } from './plan.js';
import { changesPower, powerSteps, undefineSteps } from './power-steps.js';
import type { Context, Step } from './step.js';

/** All steps in order: those that can be taken back come first. */
export function stepsOf(domains: readonly DomainPlan[], context: Context): Step[] {
  return [
    ...domains.flatMap(seedSteps),
    ...domains.flatMap((one) => defineSteps(one, context)),
    ...domains.flatMap((one) => autostartSteps(one, context)),
    ...domains.flatMap((one) => portSteps(one, context)),
    // Before others start, which may need these sockets and this memory.
    ...domains.flatMap((one) => undefineSteps(one, context)),
    ...domains.flatMap((one) => powerSteps(one, context)),
  ];
}

function seedSteps({ name, seeds }: DomainPlan): Step[] {
  if (seeds.length === 0) return [];
  let undo = async () => {};
  const run = async () => {
    undo = await makeSeeds(seeds);
  };
  return [{ name, action: 'seed', run, undo: () => undo() }];
}

function autostartSteps({ name, autostart: on }: DomainPlan, { host }: Context): Step[] {
  if (on === undefined) return [];
  let undo = async () => {};
  const run = async () => {
    await host.libvirt.autostart(name, on);
    undo = () => host.libvirt.autostart(name, !on);
  };
  return [{ name, action: 'autostart', run, undo: () => undo() }];
}

/** Steps for ports of guests that keep running or stay off. */
function portSteps(plan: DomainPlan, { client, tell }: Context): Step[] {
  const { name, requests, remove } = plan;
  const stale = remove.filter(({ state }) => state === 'waiting');
  const busy = remove.filter(({ state }) => state === 'up').map((port) => port.name);
  const quiet = plan.steps.every(({ kind }) => kind === 'keep') && remove.length === 0;
  if (!client || quiet || changesPower(plan) || plan.action === 'undefine') return [];
  const undoing: (() => Promise<unknown>)[] = [];
  const run = async () => {
    for (const port of stale) {
      await client.removePort(port.name);
      undoing.push(() => client.addPort(settingsOf(port)));
    }
    tellRemoved(tell, name, { removed: stale.map((port) => port.name), busy });
    undoing.push((await registerPorts(client, requests)).undo);
  };
  const undo = async () => {
    const failures: unknown[] = [];
    for (const one of undoing.splice(0).reverse()) {
      await one().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
  return [{ name, action: 'ports', run, undo }];
}
