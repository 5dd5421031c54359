/** A server that boots from its disk, as an administrator has it: an emulated machine, for hours if need be. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { patience } from '../../lab/slow.js';
import { GuestConsole, type Outcome } from '../../src/trial/console.js';
import { progress } from '../../src/trial/progress.js';
import { emulator, firmware } from '../testbed/emulator.js';

/** Most for a boot: some three minutes were seen on a busy machine. */
const BOOT_MS = 1_200_000;
const MEMORY = '5G';
/** Last lines of a command that are shown. */
const SHOWN = 12;

/** The machine: an IOMMU, pages of 1 GiB, a disk that keeps what is written while the test runs. */
const MACHINE = [
  ...firmware.flatMap((folder) => ['-L', folder]),
  ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
  ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off,vendor=GenuineIntel'],
  ...['-smp', '2', '-m', MEMORY],
  ...['-device', 'intel-iommu,intremap=on,caching-mode=on,aw-bits=48'],
  ...['-device', 'virtio-rng-pci'],
];

export class Server {
  readonly #folder: string;
  readonly #share: string;
  #qemu: ChildProcess | undefined;
  #console: GuestConsole | undefined;
  #boots = 0;
  readonly #say = progress(Date.now(), (text) => process.stderr.write(text));

  private constructor(folder: string, share: string) {
    this.#folder = folder;
    this.#share = share;
  }

  /**
   * A server whose disk is a copy of `image`/disk (test/server/image), with GRUB installed. It sees the folder
   * `share` at /mnt, and no network. `words`: more for the kernel's first command line; GRUB has its own.
   */
  static async install(image: string, share: string, words = ''): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), 'vmlane-server-'));
    const server = new Server(folder, share);
    try {
      await execa('cp', ['--sparse=always', '--reflink=auto', join(image, 'disk'), server.#disk]);
      // Without a boot loader yet, once: what Debian's installer does at its end.
      const append = `root=/dev/vda1 rw console=ttyS0 no_timer_check mitigations=off ${words}`;
      const kernel = ['-kernel', join(image, 'vmlinuz'), '-initrd', join(image, 'initrd')];
      await server.#boot([...kernel, '-append', append]);
      await server.ok('grub-install /dev/vda && update-grub');
      await server.reboot();
      return server;
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  /** Runs a command of the shell as root; says so, as hours may pass. */
  async run(command: string, ms = 600_000): Promise<Outcome> {
    if (this.#console === undefined) throw new Error('the server does not run');
    this.#say(`# ${command}`);
    const outcome = await this.#console.run(command, ms);
    const lines = outcome.output.trimEnd().split('\n');
    if (lines.length > SHOWN) lines.splice(0, lines.length - SHOWN, '…');
    this.#say([...lines, ...(outcome.status === 0 ? [] : [`status ${outcome.status}`])].join('\n'));
    return outcome;
  }

  /** What a command says that must succeed. @throws Error with all that it said */
  async ok(command: string, ms?: number): Promise<string> {
    const { status, output } = await this.run(command, ms);
    if (status !== 0) throw new Error(`\`${command}\`: status ${status}: ${output}`);
    return output;
  }

  /** An administrator's `systemctl reboot`. */
  async reboot(): Promise<void> {
    // What it says comes when the shell may be gone.
    const gone = this.#gone();
    void this.run('systemctl reboot').catch(() => undefined);
    await gone;
    this.#console?.close();
    await this.#boot([]);
  }

  /** Ends it at once; its disk goes. */
  async remove(): Promise<void> {
    this.#console?.close();
    const gone = this.#gone();
    this.#qemu?.kill('SIGKILL');
    await gone;
    await rm(this.#folder, { recursive: true });
  }

  get #disk(): string {
    return join(this.#folder, 'disk');
  }

  #gone(): Promise<void> {
    const qemu = this.#qemu;
    if (qemu === undefined || qemu.exitCode !== null || qemu.signalCode !== null)
      return Promise.resolve();
    return new Promise((resolve) => qemu.once('exit', () => resolve()));
  }

  async #boot(more: readonly string[]): Promise<void> {
    // A log for each boot: the last one's words must not be taken for this one's.
    const name = `server${++this.#boots}`;
    const path = join(this.#folder, name);
    const said = openSync(`${path}.qemu`, 'w', 0o600);
    const drive = `file=${this.#disk},format=raw,if=none,id=disk,cache=unsafe,discard=unmap`;
    this.#qemu = spawn(
      'setpriv',
      [
        // It ends with this process, however that ends.
        ...['--pdeathsig', 'KILL', emulator.program],
        ...MACHINE,
        ...['-drive', drive, '-device', 'virtio-blk-pci,drive=disk'],
        ...['-fsdev', `local,id=share,path=${this.#share},security_model=none,readonly=on`],
        ...['-device', 'virtio-9p-pci,fsdev=share,mount_tag=share'],
        ...['-serial', `file:${path}.log`],
        ...[
          '-chardev',
          `socket,id=tty,path=${path}.tty,server=on,wait=off`,
          '-serial',
          'chardev:tty',
        ],
        ...more,
      ],
      { stdio: ['ignore', said, said], env: { ...process.env, ...emulator.env } },
    );
    this.#say(`boot ${this.#boots}`);
    this.#console = new GuestConsole(
      name,
      { log: `${path}.log`, tty: `${path}.tty` },
      { patience },
    );
    await this.#console.ready(BOOT_MS);
    await this.ok('mkdir -p /mnt && mount -t 9p -o trans=virtio,version=9p2000.L,ro share /mnt');
  }
}
