/** A bare Debian: a chroot by debootstrap, in namespaces of its own, in which one thing is done after another. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/switch/paths.js';

/** What a command said, and how it ended. */
export interface Said {
  /** Standard output and standard error, as they came. */
  text: string;
  status: number;
}

export class Bare {
  readonly root: string;
  readonly #holder: ChildProcess;
  readonly #init: number;

  private constructor(root: string, holder: ChildProcess, init: number) {
    this.root = root;
    this.#holder = holder;
    this.#init = init;
  }

  /** Makes it from the mirror of this machine's own apt, and of its release, if no other is named. */
  static async make(release = codename()): Promise<Bare> {
    // Nobody else may come by its programs that make who runs them root.
    const folder = mkdtempSync(join(tmpdir(), 'vmlane-bare-'));
    const root = join(folder, 'root');
    mkdirSync(root);
    try {
      // The switch becomes another user, who has to pass it.
      chmodSync(root, 0o755);
      const how =
        'part=bare; . setup/parts.sh; . test/systems.sh; bootstrap "$1" "$2" ""; lend_apt "$2"; hurry_apt "$2"';
      await execa('bash', ['-euo', 'pipefail', '-c', how, 'bare', release, root], {
        cwd: packageRoot(),
        stderr: 'ignore',
      });
      for (const name of readdirSync('/etc/apt/sources.list.d')) {
        if (name !== 'debian.sources' || release !== codename()) continue;
        rmSync(join(root, 'etc/apt/sources.list'), { force: true });
        copyFileSync(
          join('/etc/apt/sources.list.d', name),
          join(root, 'etc/apt/sources.list.d', name),
        );
      }
      // Its init collects what is orphaned, such as a switch in the background.
      const mounts =
        'mount -t proc proc /proc && mount -t sysfs -o ro sysfs /sys && mount -t tmpfs tmpfs /run';
      const words = ['--mount', '--pid', '--fork', '--kill-child=KILL', 'chroot', root, 'sh', '-c'];
      // It ends with this process, whose end of the pipe goes.
      const loop = `${mounts} && mkdir /run/lock && echo ready && cat >/dev/null; :`;
      const holder = spawn('unshare', [...words, loop], { stdio: ['pipe', 'pipe', 'inherit'] });
      await new Promise<void>((resolve, reject) => {
        holder.stdout?.once('data', () => resolve());
        holder.once('exit', () => reject(new Error('unshare ended; see above')));
      });
      const children = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8');
      return new Bare(root, holder, Number(children.trim()));
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  /** Runs a shell's command in it. */
  async run(command: string): Promise<Said> {
    const into = ['--target', String(this.#init), '--mount', '--pid', '--root', '--wdns=/', '--'];
    const env = {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      DEBIAN_FRONTEND: 'noninteractive',
      // No systemd runs: its programs change files, and say yes to what else they are asked.
      SYSTEMD_OFFLINE: '1',
      LC_ALL: 'C.UTF-8',
    };
    const options = { reject: false, all: true, env, extendEnv: false, stdin: 'ignore' } as const;
    const ran = await execa('nsenter', [...into, 'sh', '-c', command], options);
    return { text: ran.all, status: ran.exitCode ?? -1 };
  }

  /** Its text, if the command succeeds. @throws Error with the text otherwise */
  async text(command: string): Promise<string> {
    const { text, status } = await this.run(command);
    if (status !== 0) throw new Error(`${command}: status ${status}\n${text}`);
    return text;
  }

  /** Ends all that runs in it, and removes it. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#holder.once('exit', resolve));
    this.#holder.kill('SIGKILL');
    await ended;
    // The kernel takes a moment to end what ran in it.
    rmSync(dirname(this.root), { recursive: true, maxRetries: 20, retryDelay: 200 });
  }
}

/** This machine's release, as debootstrap knows it. */
function codename(): string {
  return /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
}
