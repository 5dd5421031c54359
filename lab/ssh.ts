/** Two hosts of a lab that let each other in by ssh, with OpenSSH's own server (setup/sshd-parts). */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { cached, fetched, librariesIn } from './cache.js';
import type { OtherHost } from './other-host.js';
import { until } from './poll.js';

const FOLDER = '/run/lab/ssh';
const ROOT = cached('sshd/root');

/** What runs, to be ended. */
export interface SshHosts {
  close(): Promise<void>;
}

/** As the two call each other: name and address. */
export interface SshNames {
  here: readonly [name: string, address: string];
  there: readonly [name: string, address: string];
}

/** Lets root of each host in at the other one, with a key of the lab's. */
export async function letIn(other: OtherHost, { here, there }: SshNames): Promise<SshHosts> {
  fetched('sshd');
  const names = [here, there];
  await mkdir(FOLDER, { recursive: true });
  for (const key of ['id', 'host'])
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${FOLDER}/${key}`]);
  const settings = {
    [`${FOLDER}/sshd_config`]: serverSettings(),
    '/etc/ssh/ssh_config.d/lab.conf': names.map(clientSettings).join(''),
  };
  await other.run('mkdir', '-p', FOLDER, '/etc/ssh/ssh_config.d', '/run/sshd');
  await mkdir('/etc/ssh/ssh_config.d', { recursive: true });
  await mkdir('/run/sshd', { recursive: true });
  for (const [path, text] of Object.entries(settings)) {
    await writeFile(path, text);
    await writeFile(other.path(path), text);
  }
  for (const name of ['id', 'id.pub', 'host', 'host.pub'])
    await copyFile(`${FOLDER}/${name}`, other.path(`${FOLDER}/${name}`));
  const servers = [spawn(...SSHD), other.start(SSHD[0], ...SSHD[1])];
  const wait = { thing: 'sshd', problem: 'does not answer', remedy: 'see above', ms: 60_000 };
  await until(wait, async () => {
    const { exitCode } = await execa('ssh', [there[0], 'true'], { reject: false, stdin: 'ignore' });
    const back = await other.start('ssh', here[0], 'true');
    return (exitCode === 0 && back.exitCode === 0) || undefined;
  });
  return { close: () => Promise.all(servers.map(end)).then(() => undefined) };
}

/** sshd forks for each connection, and wants its own absolute path for that. */
const SSHD: [string, string[]] = [
  'env',
  [
    `LD_LIBRARY_PATH=${librariesIn(ROOT)}`,
    `${ROOT}/usr/sbin/sshd`,
    '-D',
    '-e',
    '-f',
    `${FOLDER}/sshd_config`,
  ],
];

function serverSettings(): string {
  const session = `${ROOT}/usr/lib/openssh/sshd-session`;
  return [
    `HostKey ${FOLDER}/host`,
    `AuthorizedKeysFile ${FOLDER}/id.pub`,
    'StrictModes no',
    'PermitRootLogin prohibit-password',
    'UsePAM no',
    'PidFile none',
    'LogLevel ERROR',
    // The lab's vmlane is where lab/world has put it.
    `SetEnv PATH=${process.env.PATH}`,
    // From OpenSSH 9.8 on it is in several programs.
    ...(existsSync(session) ? [`SshdSessionPath ${session}`] : []),
    ...(existsSync(`${session.replace('session', 'auth')}`)
      ? [`SshdAuthPath ${session.replace('session', 'auth')}`]
      : []),
    '',
  ].join('\n');
}

function clientSettings([name, address]: readonly [string, string]): string {
  return [
    `Host ${name}`,
    ` HostName ${address}`,
    ' User root',
    ` IdentityFile ${FOLDER}/id`,
    ` UserKnownHostsFile ${FOLDER}/known_hosts`,
    ' StrictHostKeyChecking accept-new',
    '',
  ].join('\n');
}

async function end(server: Pick<ChildProcess, 'kill' | 'exitCode' | 'signalCode' | 'once'>) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server as ChildProcess, 'exit');
  server.kill('SIGTERM');
  await gone;
}
