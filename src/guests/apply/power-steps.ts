import { Failed } from '../../values/errors.js';
import { shellWords } from '../../values/shell.js';
import { removePorts, tellRemoved } from '../remove-ports.js';
import { startOnPorts } from '../start.js';
import { destroyDomain, StillRunning, stopDomain } from '../stop.js';
import { wordOn } from './define-steps.js';
import type { DomainPlan } from './plan.js';
import type { Hands, Step } from './step.js';

/** Of those that no file describes. */
export function undefineSteps(plan: DomainPlan, { libvirt, client, stop }: Hands): Step[] {
  const { name, action, state, before, gone: sockets } = plan;
  if (action !== 'undefine') return [];
  const stopped: Step = {
    ...{ name, deed: 'stop' },
    run: async () => void (await destroyDomain(libvirt, name)),
  };
  const gone: Step = {
    ...{ name, deed: 'undefine' },
    run: async () => {
      if (client) tellRemoved(stop.say, name, await removePorts(client, name, sockets));
      await libvirt.undefine(name, before && wordOn(before));
    },
  };
  return state === 'shut off' ? [gone] : [stopped, gone];
}

export function changesPower({ restart, start }: DomainPlan): boolean {
  return start || restart === 'yes';
}

/** Restarts and starts: each guest for itself. */
export function powerSteps(plan: DomainPlan, { libvirt, client, stop }: Hands): Step[] {
  const { name, requests, gone, restart } = plan;
  if (!changesPower(plan)) return [];
  const stopped: Step = {
    ...{ name, deed: 'stop', alone: true },
    run: async () => {
      await stopDomain(libvirt, name, stop).catch((cause: unknown) => {
        throw cause instanceof StillRunning ? mayGoOff(name, cause) : cause;
      });
    },
  };
  const started: Step = {
    ...{ name, deed: 'start', alone: true },
    run: async () => {
      if (!client) return libvirt.start(name);
      tellRemoved(stop.say, name, await removePorts(client, name, gone));
      await startOnPorts(libvirt, name, client, requests);
    },
  };
  return restart === 'yes' ? [stopped, started] : [started];
}

/** Nobody waits for it any more, and nobody would start it. */
function mayGoOff(name: string, cause: StillRunning): Failed {
  const { thing, problem } = cause.trouble;
  const ways = 'give it more time with --timeout, or take its power off with --force';
  const start = shellWords(['vmlane', 'domain', 'start', name]);
  const remedy = `${ways}; it may go off yet, then run: ${start}`;
  return new Failed({ thing, problem, remedy }, { cause });
}
