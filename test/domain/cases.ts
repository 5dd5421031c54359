import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { domainXml } from '../../src/domain/index.js';
import { type HostLookup, identitiesByName, parseSpec } from '../../src/spec/index.js';
import { InvalidInput } from '../../src/values/errors.js';

/** Golden cases: NAME.yaml, with NAME.xml or NAME.err beside it, which `vitest -u` writes. */
export const FOLDER = join(import.meta.dirname, '../data/domain');
export const files = readdirSync(FOLDER);
export const cases = files
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => basename(file, '.yaml'));

export function specText(name: string): string {
  return readFileSync(join(FOLDER, `${name}.yaml`), 'utf8');
}

/** Not a host: one PF, ens1f0. Which address a VF has is sysfs's matter (test/sriov). */
export const host: HostLookup = {
  relayMac: (relay) => (relay === 'of-a-vf' ? '1e:a3:32:f8:3e:85' : undefined),
  vfAddress: (pf, index) =>
    pf === 'ens1f0'
      ? `0000:3b:02.${index}`
      : { problem: `there is no network device ${pf}`, remedy: 'see ip link' },
};

/** What a case comes to, and the file where that is recorded. */
export function outcome(name: string): { file: string; text: string } {
  try {
    const guest = parseSpec(specText(name), `${name}.yaml`, identitiesByName, host);
    return { file: `${name}.xml`, text: domainXml(guest) };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { file: `${name}.err`, text: `${error.message}\n` };
  }
}
