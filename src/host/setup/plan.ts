import type { FileChange, HostChange, HostPlan } from '../../system/files/changes.js';
import { isForBoot } from '../../system/files/commands.js';
import { HostLook, type Look } from '../../system/look/index.js';
import { defaultPageSize } from '../../system/memory/nodes.js';
import { readSecurityModules } from '../../system/os/security.js';
import { InvalidInput } from '../../values/errors.js';
import { hasAccount, planAccount } from './accounts.js';
import { planDomifstat } from './domifstat.js';
import { namesDefaultSize, planKernelLine } from './grub.js';
import { iommuFlags, planApparmor, planQemuConf, planSockets, planVfio } from './guests.js';
import { planMetrics } from './metrics-unit.js';
import { planMounts } from './mounts.js';
import { bootPages, checkPages, planBoot, planDefault, planNow } from './pages.js';
import type { Installed, SetupRequest } from './request.js';
import { planSelinux } from './selinux.js';
import { planSwitchUnit } from './switch-unit.js';

/**
 * All steps that bring the host to the requested state, in order; none if it is in that state already.
 * Changes nothing itself.
 * @throws InvalidInput for impossible requests, and for files that cannot be edited safely
 */
export function planSetup(real: Look, request: SetupRequest, installed: () => Installed): HostPlan {
  const look = new Planned(real);
  const plans: HostPlan[] = [];
  const add = (plan: HostPlan) => {
    plans.push(plan);
    look.take(plan.steps);
  };
  const { pages, qemu } = request;
  checkPages(look, pages);
  if (qemu.user !== undefined || qemu.group !== undefined || qemu.devices.length > 0) {
    add(planQemuConf(look, qemu));
  }
  const { switchUnit } = request;
  const wantsAccount = switchUnit ? switchUnit.user === undefined : request.sockets;
  const account: HostPlan = wantsAccount ? planAccount(look, qemu.group) : { steps: [], notes: [] };
  add(account);
  if (request.sockets) add(planSockets(look, qemu.group, hasAccount(look, account.steps)));
  if (request.vfio) add(planVfio(look));
  if (request.apparmor) add(planApparmor(look, installed()));
  if (request.domifstat) add(planDomifstat(look, installed()));
  const { defaultPages } = request;
  const lasts = defaultPages === undefined || defaultPages === defaultPageSize(look);
  if (defaultPages !== undefined) add(planDefault(look, defaultPages));
  if (request.boot && pages.length > 0) {
    add(planBoot(look, pages, defaultPages !== undefined || namesDefaultSize(look)));
  }
  if (pages.length > 0) {
    const sizes = [...new Set(pages.map(({ pageSize }) => pageSize))];
    const now = request.now && look.live;
    if (request.boot) add(planMounts(look, sizes, { now, lasts }));
  }
  add(
    planKernelLine(look, {
      flags: request.iommu ? iommuFlags(look) : [],
      pages: request.boot ? bootPages(look, pages) : [],
      ...(defaultPages !== undefined && { defaultSize: defaultPages }),
    }),
  );
  // Last come steps that may get less than requested, and steps that need all others.
  if (request.now && pages.length > 0) {
    if (look.live) add(planNow(look, pages));
    else if (!request.boot) throw notNow();
  }
  // Before the switch, so that one that starts now is in its domain.
  if (request.selinux) add(planSelinux(look, installed()));
  // First, so that a switch that starts now lets them look.
  if (request.metrics) add(planMetrics(look, request.metrics));
  if (switchUnit) add(planSwitchUnit(look, switchUnit));
  const steps = plans.flatMap((plan) => plan.steps).filter((step) => counts(step, look.live));
  const notes = [...plans.flatMap((plan) => plan.notes), ...selinuxNotes(look, steps)];
  return { steps: merged(steps), notes: [...new Set(notes)] };
}

/** A new file gets the label of its folder, which may be the wrong one for it. */
function selinuxNotes(look: Look, steps: readonly HostChange[]): string[] {
  const paths = steps.flatMap((step) => (step.kind === 'file' ? [step.path] : []));
  if (paths.length === 0 || !readSecurityModules(look).selinux) return [];
  return [`SELinux is on; label the files: restorecon ${[...new Set(paths)].join(' ')}`];
}

/** Whether a step applies: in an image no service runs, but its boot menu and accounts must be made. */
function counts(step: HostChange, live: boolean): boolean {
  if (step.kind !== 'command' || live) return true;
  return [step.run, step.undo].some((name) => name !== undefined && isForBoot(name));
}

function notNow(): InvalidInput {
  const problem = 'an image has no pages now';
  return new InvalidInput({ thing: '--now', problem, remedy: 'leave out --now or --root' });
}

/** Merges steps on the same file, which two parts of a plan may both change. */
function merged(steps: readonly HostChange[]): HostChange[] {
  const last = new Map<string, FileChange>();
  for (const step of steps) if (step.kind === 'file') last.set(step.path, step);
  const seen = new Set<string>();
  return steps.flatMap((step): HostChange[] => {
    if (step.kind !== 'file') return [step];
    if (seen.has(step.path)) return [];
    seen.add(step.path);
    return [{ ...step, after: last.get(step.path)?.after ?? step.after }];
  });
}

/** The host with its files after the steps so far, so that each part of a plan builds on those before it. */
class Planned extends HostLook {
  readonly #real: Look;
  readonly #texts = new Map<string, string>();

  constructor(real: Look) {
    super(real.root);
    this.#real = real;
  }

  override get live(): boolean {
    return this.#real.live;
  }

  take(steps: readonly HostChange[]): void {
    for (const step of steps) if (step.kind === 'file') this.#texts.set(step.path, step.after);
  }

  override text(path: string) {
    return this.#texts.get(path) ?? this.#real.text(path);
  }

  override names(path: string) {
    const planned = [...this.#texts.keys()].filter((one) => one.startsWith(`${path}/`));
    const fresh = planned
      .map((one) => one.slice(path.length + 1))
      .filter((one) => !one.includes('/'));
    return [...new Set([...this.#real.names(path), ...fresh])].sort();
  }

  override exists(path: string) {
    return this.#texts.has(path) || this.#real.exists(path);
  }
}
