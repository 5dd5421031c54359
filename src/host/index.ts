/** Checks this host for guests on the fast lane, explains errors, and sets the host up. */

import { DEFAULT_CONTROL_SOCKET } from '../contract/bounds.js';
import { openDomain } from '../domain/index.js';
import type { HostPlan } from '../system/files/changes.js';
import { HostFiles } from '../system/files/host-files.js';
import type { TakenBack } from '../system/files/take-back.js';
import { defaultPageSize, hostMemory, nodeMemories } from '../system/memory/nodes.js';
import { GUEST_FOLDER } from '../values/socket-path.js';
import { type CheckRequest, check, type Finding, readFacts } from './check/index.js';
import {
  applyHook,
  checkHook,
  type HookChange,
  planInstall,
  planUninstall,
} from './hook/install.js';
import { hookSettings } from './hook/settings.js';
import { guestDemand } from './plan/demand.js';
import { type Fit, fitDemands, switchDemand } from './plan/fit.js';
import { applySteps, undoSetup } from './setup/apply.js';
import { planSetup } from './setup/plan.js';
import type { SetupRequest } from './setup/request.js';
import { findInstallation } from './wrap/installation.js';

export type { CheckRequest, Finding as CheckFinding } from './check/index.js';
export { type Explanation, explain } from './explain/index.js';
export type { HookDriver } from './hook/file.js';
export type { HookChange, HookFileChange } from './hook/install.js';
export type { HookSettings } from './hook/settings.js';
export { type HookStatus, statusOf as hookStatus } from './hook/status.js';
export type { Fit as HostFit } from './plan/fit.js';
export { type PageWish, pageWishes, type SetupRequest } from './setup/request.js';
export {
  checkInstallation,
  findInstallation,
  type Installation as WrapInstallation,
} from './wrap/installation.js';
export {
  effectiveSettings,
  type GuestIdentity,
  guestOf,
  loadSettings as loadWrapSettings,
  type WrapSettings,
} from './wrap/settings/index.js';

/**
 * Checks a host for everything that guests need, or runs only the checks named in `only`. Changes nothing.
 * `purpose`: `vhost-user` by default.
 */
export async function checkHost(
  look: Partial<CheckRequest> & { only?: readonly string[] } = {},
): Promise<Finding[]> {
  const { only, ...given } = look;
  const facts = await readFacts({
    ...{ purpose: 'vhost-user', socketDir: GUEST_FOLDER },
    ...{ switch: DEFAULT_CONTROL_SOCKET, root: '/' },
    ...given,
  });
  return check(facts, only);
}

/**
 * Whether guests and a switch fit into a host's memory: huge pages by size and node, and what is missing.
 * `domains`: domain XML; `switchMemory`: MiB that the switch takes, 0 by default; `switchPageSize`:
 * bytes of its huge pages, by default the smallest of guests'. Changes nothing.
 * @throws InvalidInput for XML that is not a domain
 */
export function planHost(
  domains: readonly string[],
  {
    root = '/',
    switchMemory = 0,
    switchPageSize,
  }: { root?: string; switchMemory?: number; switchPageSize?: number } = {},
): Fit {
  const look = new HostFiles(root);
  const guests = domains.flatMap(
    (xml) => guestDemand(openDomain(xml), defaultPageSize(look)).demands,
  );
  const demands = [...guests, ...switchDemand(switchMemory, guests, switchPageSize)];
  return fitDemands(demands, hostMemory(look), nodeMemories(look));
}

/** What a set-up did, or would do. */
export interface SetUp extends HostPlan {
  changed: boolean;
  /** What the kernel did not allocate, as text. */
  shortages: readonly string[];
}

/**
 * Sets a host up for guests; what is right already stays. If a step fails, all are undone.
 * Rejects with InvalidInput for impossible requests, and with Failed for the step that failed.
 */
export async function setupHost(
  wish: Partial<SetupRequest>,
  { root = '/', dryRun = false }: { root?: string; dryRun?: boolean } = {},
): Promise<SetUp> {
  const files = new HostFiles(root);
  const no = { iommu: false, vfio: false, sockets: false, apparmor: false };
  const wanted = { ...no, pages: [], now: true, boot: true, qemu: { devices: [] }, ...wish };
  const installed = () => findInstallation(undefined);
  const plan = planSetup(files, wanted, installed);
  const changed = !dryRun && plan.steps.length > 0;
  const { shortages } = changed ? await applySteps(plan.steps, files) : { shortages: [] };
  return { ...plan, changed, shortages };
}

/** Undoes all that setupHost ever changed; what cannot be undone stays recorded. Rejects with Failed. */
export function undoHost(root = '/'): Promise<TakenBack> {
  return undoSetup(new HostFiles(root));
}

/** How a hook is installed. */
export interface HookOptions {
  /** The switch's control socket; /run/vmlane/switch.sock by default. */
  switch?: string;
  /** Folders of the sockets of guests of this switch; /run/vmlane/guests by default. */
  socketDirs?: readonly string[];
  /** Folder that stands for /. */
  root?: string;
  /** Changes nothing. */
  dryRun?: boolean;
}

/**
 * Installs a hook by which libvirt registers guests' ports at every start. libvirtd must be reloaded if it had no
 * hook before. Rejects with InvalidInput for a file that is not ours, and with Failed if others than root could
 * change what it runs.
 */
export async function installHook({
  root = '/',
  dryRun = false,
  ...given
}: HookOptions = {}): Promise<HookChange> {
  const change = planInstall(hookSettings(given), root);
  checkHook(change);
  if (!dryRun) await applyHook(change, new HostFiles(root));
  return change;
}

/** Removes the hook. Rejects with InvalidInput for a file that is not ours. */
export async function uninstallHook({
  root = '/',
  dryRun = false,
}: Pick<HookOptions, 'root' | 'dryRun'> = {}): Promise<HookChange> {
  const change = planUninstall(root);
  if (!dryRun) await applyHook(change, new HostFiles(root));
  return change;
}
