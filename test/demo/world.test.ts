import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/switch/paths.js';

/** Runs a shell script in a private world. */
function inside(script: string) {
  const args = [`${packageRoot()}/dist/lab/enter.js`, '--', 'bash', '-c', script];
  return execa(process.execPath, args, { reject: false, stdin: 'ignore' });
}

test('the exit code is that of the command', async () => {
  expect((await inside('exit 7')).exitCode).toBe(7);
  expect((await inside('kill -KILL $$')).exitCode).toBe(137);
});

test("the machine's network, processes, sockets, cgroups and guests are out of sight", async () => {
  const script = `
    ls /sys/class/net
    ls /run
    ls /etc/libvirt /var/lib/libvirt
    ls /sys/fs/cgroup
    cat /proc/1/comm`;
  const { stdout } = await inside(script);
  expect(stdout.split('\n')).toEqual([
    ...['br-lab', 'lo'],
    ...['hugepages', 'lab', 'lock', 'mount', 'vmlane'],
    ...['/etc/libvirt:', 'libvirtd.conf', 'nwfilter', 'qemu.conf', '', '/var/lib/libvirt:'],
    'tini',
  ]);
});

test("the machine's huge page mounts are out of sight, wherever they are", async () => {
  // In a mount namespace: the machine itself gets none.
  const machine = `
    set -e
    mount -t tmpfs machine /run
    for dir in hugepages 'huge pages/1'; do
      mkdir -p "/run/$dir"
      mount -t hugetlbfs machine "/run/$dir"
    done
    exec "$@"`;
  const mounts = ['awk', '$3 == "hugetlbfs" { print $1, $2 }', '/proc/self/mounts'];
  const enter = [process.execPath, `${packageRoot()}/dist/lab/enter.js`, '--', ...mounts];
  const words = ['--mount', 'bash', '-c', machine, 'bash', ...enter];
  const { exitCode, stdout, stderr } = await execa('unshare', words, { reject: false });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toBe('hugetlbfs /run/hugepages');
});

test('what is written below /etc, /var and /run is gone with the world', async () => {
  const files = ['/etc/vmlane-probe', '/var/lib/vmlane-probe', '/run/vmlane/probe'];
  const { exitCode } = await inside(`touch ${files.join(' ')}`);
  expect(exitCode).toBe(0);
  for (const file of files) await expect(readFile(file)).rejects.toThrow('ENOENT');
});

test('a process that outlives the command ends with the world', async () => {
  const child = inside('setsid sleep 1000 & echo started; read -r line </dev/null; exit 3');
  const { exitCode, stdout } = await child;
  expect(stdout).toBe('started');
  expect(exitCode).toBe(3);
});

test('a world does not survive its enter, not even a kill -9', async () => {
  const pages = '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages';
  const before = await readFile(pages, 'utf8').catch(() => undefined);
  const child = inside('echo up; sleep 1000');
  let init = 0;
  for await (const line of child.iterable()) {
    if (line !== 'up') continue;
    const [unshare] = await children(child.pid ?? 0);
    [init = 0] = await children(unshare ?? 0);
    expect((await readFile(`/proc/${init}/comm`, 'utf8')).trim()).toBe('tini');
    child.kill('SIGKILL');
  }
  await expect.poll(() => runs(init)).toBe(false);
  // What was killed can give nothing back.
  if (before !== undefined) await writeFile(pages, before);
});

/** A zombie that the machine's init is in no hurry to reap does not run. */
async function runs(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !stat.includes(') Z');
}

async function children(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').map(Number);
}
