import type { MigrateOptions } from '../../../guests/migrate/migrate.js';
import { InvalidInput } from '../../../values/errors.js';
import { sshHost, sshUri } from '../../../values/ssh-host.js';
import { command } from '../../command.js';
import { asFindings, showFindings } from '../../findings.js';
import { type Io, say } from '../../io.js';
import { flag, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';
import { withHost } from './host.js';

/** `vmlane domain migrate` */
export const domainMigrate = command({
  path: ['domain', 'migrate'],
  summary: 'Move a running guest to another host, with its ports, networks and limits',
  positionals: {
    NAME: { describe: "the domain's name", names: 'domain' },
    TO: { describe: "the other host, as ssh reaches it, or its libvirt's URI" },
  },
  options: {
    check: flag('Only say whether it could, and what is in its way'),
    native: flag('Its NICs, which qemu-wrap has moved here, are native vhost-user NICs there'),
    live: flag(
      'It runs meanwhile, even if it is emulated by a QEMU that can lose what it writes then',
    ),
    'migrate-uri': text(
      'migrate-uri',
      "Where QEMU there listens, as tcp://10.0.0.2 [default: the other host's name]",
    ),
    ssh: text('ssh', 'How ssh reaches the other host [default: as in TO]'),
    ...connectOption,
    ...controlSocket,
    json,
  },
  examples: [
    ['domain migrate web1 root@hostb --check', 'a line for each finding; status 1 if it cannot'],
    ['domain migrate web1 root@hostb', 'over ssh, with the names that hosts have'],
    [
      'domain migrate web1 root@hostb --migrate-uri tcp://10.0.0.2',
      'its memory by another network',
    ],
    ['domain migrate web1 qemu+tls://hostb/system --ssh hostb', 'libvirt by TLS'],
  ],
  manual: async () => (await import('./migrate-manual.js')).manual,
  async run({ NAME, TO, check = false, ...values }, io) {
    const { checkMigration, migrateGuest } = await import('../../../guests/migrate/migrate.js');
    const options = optionsOf(TO, values, io);
    return withHost(values, io, (host) =>
      io.held(async (signal) => {
        const all = { ...options, signal };
        if (check) {
          const found = await checkMigration(host, NAME, all);
          showFindings(asFindings(found, 'migration'), 'migration', values.json === true, io);
          return found.some(({ level }) => level === 'failure') ? 1 : 0;
        }
        const moved = await migrateGuest(host, NAME, all);
        const { downtime_ms: downtime } = moved;
        const paused = downtime === null ? '' : `; it did not run for ${downtime} ms`;
        say(io, `${NAME}: runs at ${moved.to} now${paused}`);
        for (const { name, state } of moved.ports) say(io, `${NAME}: port ${name} there: ${state}`);
        if (values.json)
          printJson(io, { ...moved, ports: moved.ports.map((port) => ({ ...port })) });
        return moved.ports.every(({ state }) => state === 'up') ? 0 : 1;
      }),
    );
  },
});

interface Values {
  native?: boolean | undefined;
  live?: boolean | undefined;
  'migrate-uri'?: string | undefined;
  ssh?: string | undefined;
}

function optionsOf(to: string, values: Values, io: Io): MigrateOptions {
  const { native, live, 'migrate-uri': migrateUri, ssh } = values;
  if (migrateUri !== undefined && !/^(?:tcp|rdma):\/\/[\w.:%[\]-]+$/.test(migrateUri)) {
    const problem = 'it is not where a QEMU can listen';
    const remedy = 'write tcp://HOST or tcp://HOST:PORT';
    throw new InvalidInput({ thing: `--migrate-uri ${migrateUri}`, problem, remedy });
  }
  const isUri = /^[a-z]+(?:\+[a-z0-9]+)?:\/\/\/?/.test(to) && !to.startsWith('ssh://');
  return {
    to: isUri ? to : sshUri(sshHost(to, 'TO')),
    ...(ssh !== undefined && { ssh: sshHost(ssh, '--ssh') }),
    ...{ native, live, migrateUri, tell: (line: string) => say(io, line) },
  };
}
