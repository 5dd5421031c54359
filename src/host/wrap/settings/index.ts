/** Settings of the wrapper from files below /etc/vmlane and variables, with the source of each. */
import type { Policy } from '../../../qemu/policy.js';
import { architectureOf, checkEmulatorLine, emulatorFor } from './emulator.js';
import { type Environment, environmentLayers, FOLDER_VARIABLE } from './environment.js';
import { type Found, findFiles, SETTINGS_FOLDER } from './files.js';
import { fits, type GuestIdentity } from './guest.js';
import { policyOf, value } from './policy.js';
import { type Effective, type Layer, merge, type Values } from './values.js';

export { architectureOf, emulatorFor } from './emulator.js';
export { type Environment, FOLDER_VARIABLE, variableOf } from './environment.js';
export { findFiles, SETTINGS_FOLDER } from './files.js';
export { type GuestIdentity, guestOf } from './guest.js';
export { type Effective, KEYS } from './values.js';

/** What the wrapper needs to know about this host. All paths are absolute. */
export interface WrapSettings {
  /** The QEMU to exec. */
  emulator: string;
  /** Control socket of vhost-switch. */
  switchSocket: string;
  policy: Policy;
  /** File to which the arguments before and after are logged. */
  log?: string;
}

/**
 * A guest's effective settings, with their sources. The last wins: built in, wrap.yaml, wrap.d in order
 * of names, the files' `guests` by name, then by UUID, VMLANE_ variables.
 * @throws InvalidInput naming file and key or the variable; Failed for a file that cannot be read
 */
export function effectiveSettings(env: Environment, guest: GuestIdentity): Promise<Effective> {
  return readSettings(findFiles(env[FOLDER_VARIABLE] || SETTINGS_FOLDER), env, guest);
}

/** The same for files that were read already. */
export async function readSettings(
  files: readonly Found[],
  env: Environment,
  guest: GuestIdentity,
): Promise<Effective> {
  return merge([...(await fileLayers(files, guest)), ...(await environmentLayers(env))]);
}

/** The same for the wrapper, called as `program`. */
export async function loadSettings(
  env: Environment,
  guest: GuestIdentity,
  program?: string,
): Promise<WrapSettings> {
  return settingsOf(await effectiveSettings(env, guest), program);
}

/** @throws InvalidInput if the back end lacks a setting that it needs */
export function settingsOf(found: Effective, program?: string): WrapSettings {
  const log = found.log.value;
  return {
    emulator: emulatorFor(value(found, 'emulator'), architectureOf(program)),
    switchSocket: value(found, 'switch'),
    policy: policyOf(found),
    ...(log !== null && { log }),
  };
}

async function fileLayers(files: readonly Found[], guest: GuestIdentity): Promise<Layer[]> {
  if (files.length === 0) return [];
  // Loaded only here: schema and YAML take longer to load than the rest of the wrapper.
  const { parseFile } = await import('./schema.js');
  const general: Layer[] = [];
  const own: (Layer & { rank: number })[] = [];
  for (const { path, text } of files) {
    const { values, guests } = parseFile(text, path);
    checkEmulatorLine(text, path, values.emulator);
    general.push({ source: path, values });
    for (const [key, its] of Object.entries(guests) as [string, Partial<Values>][]) {
      const rank = fits(key, guest);
      if (rank > 0) own.push({ source: `${path}: guests.${key}`, values: its, rank });
    }
  }
  return [...general, ...own.sort((a, b) => a.rank - b.rank)];
}
