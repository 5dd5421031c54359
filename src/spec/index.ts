/** Spec file → validated model. Pure: text in, data out. */

import { refuse } from '../values/problems.js';
import { check } from './checks/index.js';
import { renamed } from './former.js';
import type { Guest } from './guest.js';
import { type Identities, identitiesByName } from './identities.js';
import { problemsOf } from './issues.js';
import { type HostLookup, noHost } from './lookup.js';
import { resolve } from './resolve/index.js';
import { specSchema } from './schema/index.js';
import { readYaml } from './yaml.js';

export type {
  BootDevice,
  BridgeNic,
  Cell,
  Cpu,
  Cputune,
  Disk,
  Events,
  Features,
  FileDisk,
  Filesystem,
  Firmware,
  Graphics,
  Guest,
  Hostdev,
  Iotune,
  KernelBoot,
  Memory,
  NetworkDisk,
  NetworkNic,
  Nic,
  Nvdimm,
  Offloads,
  Pinning,
  Seed,
  SeedText,
  Serial,
  UefiFirmware,
  VfNic,
  VfPoolNic,
  VhostUserNic,
  VirtioNic,
  VolumeDisk,
} from './guest.js';
export { type Identities, identitiesByName } from './identities.js';
export { type HostLookup, noHost } from './lookup.js';
export { type GuestSpec, specJsonSchema } from './schema/index.js';
export { seedDisks } from './seeds.js';

/**
 * Reads the guest that a spec describes, with defaults filled in.
 *
 * `text` is YAML 1.2 or JSON, `source` its name in errors (a file's path).
 * `identities` gives the UUID and the MACs that the spec leaves out; the default makes them from the name.
 * `host` finds VFs that the spec names by their PF; the default has no host and refuses them.
 * Throws InvalidInput: `SOURCE: interfaces[1].mac: problem; remedy`, about the first problem, with the number of others.
 */
export function parseSpec(
  text: string,
  source: string,
  identities: Identities = identitiesByName,
  host: HostLookup = noHost,
): Guest {
  const { data, notices, problems } = renamed(readYaml(text, source));
  // Code made for the schema pays off after some hundred specs.
  const accepted = specSchema.safeParse(data, { jitless: true });
  if (!accepted.success) return refuse(source, problemsOf(accepted.error.issues, data));
  const said = Object.keys(data as object);
  const guest = {
    ...resolve(accepted.data, identities, host, problems),
    said,
    ...(notices.length > 0 && { notices }),
  };
  problems.push(...check(guest));
  if (problems.length > 0) refuse(source, problems);
  return guest;
}
