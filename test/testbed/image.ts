import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/switch/paths.js';
import { parts } from './parts.js';

const INIT = `${packageRoot()}/test/testbed/init`;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Command {
  script: string;
  args: string[];
  env: Record<string, string>;
  /** Seconds until it is told to end, status 124. */
  seconds: number;
}

/** Packs busybox, the first modules, init and the command into an initramfs in the folder. */
export async function buildImage(folder: string, command: Command): Promise<string> {
  const root = join(folder, 'root');
  const initrd = join(folder, 'initrd');
  await mkdir(join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'boot'));
  for (const name of await readdir(`${parts}/boot`)) {
    if (name.endsWith('.ko')) await cp(`${parts}/boot/${name}`, join(root, 'boot', name));
  }
  await cp(`${parts}/boot/busybox`, join(root, 'bin/busybox'));
  await cp(INIT, join(root, 'init'));
  await writeFile(join(root, 'command'), commandFile(command));
  const pack = 'chmod 755 init && find . | cpio --quiet --create --format=newc --owner=0:0';
  await execa('sh', ['-c', `${pack} >"$1"`, 'sh', initrd], { cwd: root });
  return initrd;
}

/** A shell script that becomes the command; the environment is empty where it starts. */
export function commandFile({ script, args, env, seconds }: Command): string {
  const all = { PATH, HOME: '/root', LC_ALL: 'C.UTF-8', ...env };
  const exports = Object.entries(all).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  const words = [script, ...args].map(quote).join(' ');
  const cd = `cd ${quote(packageRoot())} || exit\n`;
  return `${exports.join('')}${cd}exec timeout --kill-after=30 ${seconds} ${words}\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
