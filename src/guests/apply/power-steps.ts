import { Failed } from '../../values/errors.js';
import { shellWords } from '../../values/shell.js';
import { removePorts, tellRemoved } from '../remove-ports.js';
import { startOnPorts } from '../start.js';
import { powerOff, StillRunning, shutDown } from '../stop.js';
import { wordOn } from './define-steps.js';
import type { DomainPlan } from './plan.js';
import type { Context, Step } from './step.js';

/** Steps that stop and undefine a domain that no file describes. */
export function undefineSteps(plan: DomainPlan, { host, client, tell }: Context): Step[] {
  const { name, action, state, before, gone: ports } = plan;
  if (action !== 'undefine') return [];
  const stopped: Step = {
    ...{ name, action: 'stop' },
    run: async () => void (await powerOff(host.libvirt, name)),
  };
  const gone: Step = {
    ...{ name, action: 'undefine' },
    run: async () => {
      if (client) tellRemoved(tell, name, await removePorts(client, ports));
      await host.libvirt.undefine(name, before && wordOn(before));
    },
  };
  return state === 'shut off' ? [gone] : [stopped, gone];
}

export function changesPower({ restart, start }: DomainPlan): boolean {
  return start || restart === 'yes';
}

/** Steps that restart or start a guest; each guest's are independent of the others'. */
export function powerSteps(
  plan: DomainPlan,
  { host, client, stop, tell, signal }: Context,
): Step[] {
  const { name, requests, gone, restart, domain } = plan;
  if (!changesPower(plan) || !domain) return [];
  const stopped: Step = {
    ...{ name, action: 'stop', alone: true },
    run: async () => {
      await shutDown(host.libvirt, name, { ...stop, tell, signal }).catch((cause: unknown) => {
        throw cause instanceof StillRunning ? mayGoOff(name, cause) : cause;
      });
    },
  };
  const started: Step = {
    ...{ name, action: 'start', alone: true },
    run: async () => {
      if (client) tellRemoved(tell, name, await removePorts(client, gone));
      await startOnPorts(host, name, { domain, wanted: requests });
    },
  };
  return restart === 'yes' ? [stopped, started] : [started];
}

/** The error for a guest that may still shut down: nobody would start it then. */
function mayGoOff(name: string, cause: StillRunning): Failed {
  const { thing, problem, remedy: ways } = cause.trouble;
  const start = shellWords(['vmlane', 'domain', 'start', name]);
  const remedy = `${ways}; it may go off yet, then run: ${start}`;
  return new Failed({ thing, problem, remedy }, { cause });
}
