/** What `vmlane wrap install` and `uninstall` have in common. */

import type { PlannedDomain } from '../../../guests/wrap.js';
import { diff } from '../../diff.js';
import { type Io, say } from '../../io.js';
import { flag, json } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption } from '../libvirt.js';

export const DOMAINS = { name: 'DOMAIN', describe: "domains' names", names: 'domain' } as const;

export const options = {
  ...connectOption,
  rules: flag("AppArmor's rules, too"),
  'dry-run': flag('Show what would change, change nothing'),
  json,
} as const;

/** A file of rules. */
interface Rules {
  path: string;
  before: string | undefined;
  after: string;
}

/** Prints what changes, in domains and in files of rules. */
export function show(
  io: Io,
  uri: string,
  { domains, rules }: { domains: readonly PlannedDomain[]; rules: readonly Rules[] },
  asJson: boolean | undefined,
): void {
  const changed = rules.filter(({ before, after }) => before !== after);
  if (asJson) {
    printJson(io, {
      uri,
      domains: domains.map(({ name, changed, original, before, after }) => {
        return { name, changed, original: original ?? null, before, after };
      }),
      rules: changed.map(({ path, before = '', after }) => ({ path, before, after })),
    });
    return;
  }
  for (const { name, before, after, changed } of domains) {
    if (changed) io.out(`domain ${name}\n${diff(before, after, io.color)}`);
  }
  for (const { path, before = '', after } of changed) {
    io.out(`${path}\n${diff(before, after, io.color)}`);
  }
}

/** Reports what was done. */
export function conclude(io: Io, domains: readonly PlannedDomain[], done: string, was: string) {
  for (const { name, changed } of domains) {
    say(io, changed ? `${name}: ${done}, from its next start on` : `${name}: ${was} already`);
  }
}
