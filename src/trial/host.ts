import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { wrapperFile } from '../host/wrap/installation.js';
import { loadSettings } from '../host/wrap/settings/index.js';
import { allowedCpus } from '../system/os/cpus.js';
import { openKvm } from '../system/os/kvm.js';
import { readRelease } from '../system/os/release.js';
import { InvalidInput } from '../values/errors.js';
import { findKernel, type Kernel, modulesOf } from './kernel.js';
import { findBusybox, installs } from './parts.js';
import type { Accelerator } from './plan.js';

/** What the user has chosen; the rest is the host's. */
export interface Chosen {
  kernel?: string | undefined;
  modules?: string | undefined;
  busybox?: string | undefined;
  accel?: Accelerator | undefined;
}

/** All that the demo needs of this host. */
export interface Found {
  kernel: Kernel;
  /** Files, in the order in which they are loaded. */
  modules: string[];
  busybox: string;
  emulator: string;
  wrapper: string;
  cpu: number;
  /** In this order: the second when the first does not run the guests. */
  accelerators: Accelerator[];
}

/** Changes nothing. @throws InvalidInput with what is missing, and how to get it */
export async function findOnHost(chosen: Chosen, env: NodeJS.ProcessEnv): Promise<Found> {
  const emulator = await findEmulator(env);
  const busybox = findBusybox(absolute(chosen.busybox));
  const kernel = findKernel({ kernel: absolute(chosen.kernel), modules: absolute(chosen.modules) });
  return {
    ...{ kernel, busybox, emulator },
    modules: modulesOf(kernel),
    wrapper: wrapperFile(),
    // The switch of a host chooses the last one.
    cpu: allowedCpus()[0] ?? 0,
    accelerators: accelerators(chosen.accel),
  };
}

/** The guests are started in another folder. */
function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

/** The one of qemu-wrap's settings, or where else the distribution has it. */
async function findEmulator(env: NodeJS.ProcessEnv): Promise<string> {
  const { emulator } = await loadSettings(env, {});
  const others = (readRelease().known?.emulators ?? []).filter((path) => path.startsWith('/'));
  const found = [emulator, ...others].find((path) => existsSync(path));
  if (found !== undefined) return found;
  const remedy = `install it: ${installs().installQemu}`;
  throw new InvalidInput({ thing: emulator, problem: 'QEMU is not installed', remedy });
}

function accelerators(chosen: Accelerator | undefined): Accelerator[] {
  if (chosen === undefined) return openKvm() === 'usable' ? ['kvm', 'tcg'] : ['tcg'];
  if (chosen === 'tcg' || openKvm() === 'usable') return [chosen];
  const problem = `KVM cannot be used (${openKvm()})`;
  throw new InvalidInput({
    thing: '/dev/kvm',
    problem,
    remedy: "see 'vmlane host check --only cpu'",
  });
}
