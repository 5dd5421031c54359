/** `vmlane host check --for migration` */
import { askMigrationFacts } from '../../../host/migration/ask.js';
import { compareHosts, judgeHost } from '../../../host/migration/compare.js';
import { type MigrationFacts, readMigrationFacts } from '../../../host/migration/facts.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { InvalidInput } from '../../../values/errors.js';
import { sshHost } from '../../../values/ssh-host.js';
import { asFindings, conclude, showFindings } from '../../findings.js';
import type { Io } from '../../io.js';

interface MigrationValues {
  only?: string | undefined;
  root?: string | undefined;
  'socket-dir'?: string | undefined;
  to?: string | undefined;
  'control-socket'?: string | undefined;
  json?: boolean | undefined;
}

/** Without `--to` this host alone: what it tells another one. */
export async function checkMigration(values: MigrationValues, io: Io): Promise<number> {
  for (const name of ['only', 'root', 'socket-dir'] as const) {
    if (values[name] === undefined) continue;
    const problem = 'it has no meaning for migrations';
    throw new InvalidInput({ thing: `--${name}`, problem, remedy: 'leave it out' });
  }
  const { to } = values;
  const host = to === undefined ? undefined : sshHost(to, '--to');
  const here = await readMigrationFacts(controlSocketPath(values['control-socket'], io.env));
  const found = [...judgeHost(here)];
  let there: MigrationFacts | undefined;
  if (host) {
    there = await askMigrationFacts(host);
    found.push(...judgeHost(there), ...compareHosts(here, there));
  }
  const more = { facts: here, ...(there && { there }) };
  showFindings(asFindings(found, 'migration'), 'migration', values.json === true, io, more);
  return conclude(found, io);
}
