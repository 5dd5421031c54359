import { readdir, readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { execa } from 'execa';
import { expect, onTestFailed, test } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';

/** Everything on the machine that a world could have touched by mistake. */
async function machine(): Promise<Record<string, unknown>> {
  const folders = ['/run/vmlane', '/run/libvirt', '/run/lab', '/etc/libvirt', '/var/lib/libvirt'];
  const listing = folders.map(async (folder) => [folder, await list(folder)] as const);
  return {
    folders: Object.fromEntries(await Promise.all(listing)),
    mounts: await readFile('/proc/self/mounts', 'utf8'),
    links: (await execa('ip', ['-oneline', '-brief', 'link'])).stdout,
    hugePages: await readFile('/proc/sys/vm/nr_hugepages', 'utf8'),
  };
}

async function list(folder: string): Promise<string[] | 'absent'> {
  return readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return 'absent' as const;
    throw error;
  });
}

interface Run {
  /** Exit code as in a shell: 128 plus the signal number if a signal ended npm. */
  status: number;
  output: string;
  /** Processes that there were below the demo at the moment of `when`, QEMU included. */
  processes: string[];
}

/** Runs the README's command, with a look at its processes as soon as `when` shows up. */
async function runDemo(when: string, then: (pid: number) => void = () => {}): Promise<Run> {
  const child = execa('npm', ['run', 'demo'], {
    cwd: packageRoot(),
    all: true,
    stdin: 'ignore',
    reject: false,
    detached: true, // a process group, as the shell makes one for a command in front
  });
  onTestFailed(async () => console.error((await child).all));
  let processes: string[] = [];
  for await (const line of child.iterable({ from: 'all' })) {
    if (processes.length > 0 || !line.includes(when)) continue;
    processes = await below(child.pid ?? 0);
    then(child.pid ?? 0);
  }
  const { exitCode, signal, all: output } = await child;
  const status = exitCode ?? 128 + constants.signals[signal ?? 'SIGKILL'];
  return { status, output, processes };
}

/** All descendants as `PID START-TIME NAME`: a PID may be used again, the pair is not. */
async function below(pid: number): Promise<string[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const found = children.trim().split(' ').filter(Boolean).map(Number);
  const self = await identify(pid);
  const rest = await Promise.all(found.map(below));
  return self === undefined ? rest.flat() : [self, ...rest.flat()];
}

async function identify(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; when it is reaped is up to the machine's init.
  return fields[0] === 'Z' ? undefined : `${pid} ${fields[19]} ${name}`;
}

async function alive(processes: string[]): Promise<string[]> {
  const now = processes.map((process) => identify(Number.parseInt(process, 10)));
  const identities = new Set(await Promise.all(now));
  return processes.filter((process) => identities.has(process));
}

test('all pings come back, guests leave default and return, and nothing stays behind', async () => {
  const before = await machine();
  const run = await runDemo('QEMU is process');
  expect(run.status).toBe(0);
  expect(run.output).toContain('all 10 pings came back');
  // Moved, and given back.
  expect(run.output.match(/addresses, as before: /g)).toHaveLength(2);
  for (const name of ['converted', 'wrapped', 'stays']) {
    expect(run.output).toContain(`${name} reaches the host, `);
    expect(run.output).toContain(`${name} hears router advertisements`);
  }
  expect(run.output).toContain('all definitions are as they were');
  const names = run.processes.join('\n');
  for (const name of ['qemu-system-x86', 'libvirtd', 'vhost-switch']) expect(names).toContain(name);
  expect(await alive(run.processes)).toEqual([]);
  expect(await machine()).toEqual(before);
});

test.for([
  { moment: 'while the switch starts', when: '$ vmlane switch start' },
  { moment: 'while guests boot', when: '$ vmlane domain start b' },
  { moment: 'while guests wait for a lease', when: '$ virsh start stays' },
])('Ctrl-C $moment cleans up', async ({ when }) => {
  const before = await machine();
  const run = await runDemo(when, (pid) => process.kill(-pid, 'SIGINT'));
  expect(run.status).toBe(130);
  expect(run.output).toContain('SIGINT: cleaning up');
  expect(run.processes.join('\n')).toContain('tini');
  expect(await alive(run.processes)).toEqual([]);
  expect(await machine()).toEqual(before);
});
