/** Spec file → validated model. Pure: text in, data out. */
import { check } from './checks.js';
import type { Guest } from './guest.js';
import { type Identities, identitiesByName } from './identities.js';
import { problemsOf } from './issues.js';
import { refuse } from './problems.js';
import { resolve } from './resolve.js';
import { specSchema } from './schema.js';
import { readYaml } from './yaml.js';

export type {
  BridgeNic,
  Cpu,
  Disk,
  Guest,
  KernelBoot,
  Memory,
  NetworkNic,
  Nic,
  Serial,
  VhostUserNic,
} from './guest.js';
export { type Identities, identitiesByName } from './identities.js';
export { type GuestSpec, specJsonSchema } from './schema.js';

/**
 * The guest that a spec describes, defaults filled in.
 *
 * `text` is YAML 1.2 or JSON, `source` the name by which errors call it (a file's path).
 * `identities` gives the UUID and the MACs that the spec leaves out; the default makes them from the name.
 * Throws InvalidInput: `SOURCE: interfaces[1].mac: problem; remedy`, about the first problem, with the number of others.
 */
export function parseSpec(
  text: string,
  source: string,
  identities: Identities = identitiesByName,
): Guest {
  const data = readYaml(text, source);
  const accepted = specSchema.safeParse(data);
  if (!accepted.success) return refuse(source, problemsOf(accepted.error.issues, data));
  const guest = resolve(accepted.data, identities);
  const problems = check(guest);
  if (problems.length > 0) refuse(source, problems);
  return guest;
}
