/** What an administrator does on every server, whatever confines its guests. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { buildGuestImage } from '../../lab/guest-image.js';
import { parsePing } from '../../src/trial/ping.js';
import { imageOf, packagesOf, type Release } from './releases.js';
import { Server } from './server.js';

const HERE = 'test/server';
/** The switch's log. */
export const LOG = '/var/log/vmlane/switch.log';
/** The server's guests. */
export const GUESTS = ['a', 'b'] as const;
const PINGS = 5;

/** The server of a `describe`, whose tests build each on those before it. */
export class Steps {
  readonly #release: Release;
  #server: Server | undefined;

  constructor(release: Release) {
    this.#release = release;
    let share: string;
    let broken = false;
    beforeEach((context) => context.skip(broken, 'a step before it failed'));
    afterEach(({ task }) => {
      broken ||= task.result?.state === 'fail';
    });
    beforeAll(async () => {
      share = mkdtempSync(join(tmpdir(), 'vmlane-share-'));
      await this.#install(share);
    });
    afterAll(async () => {
      await this.#server?.remove();
      rmSync(share, { recursive: true });
    });
  }

  async #install(share: string): Promise<void> {
    mkdirSync(join(share, 'packages'));
    const debs = packagesOf(this.#release);
    for (const deb of debs) copyFileSync(deb, join(share, 'packages', basename(deb)));
    for (const name of ['a.yaml', 'b.xml', 'ask.py', 'in-guest.py', 'policy.py'])
      copyFileSync(join(HERE, name), join(share, name));
    await buildGuestImage({ kernel: join(share, 'vmlinuz'), initrd: join(share, 'initrd') });
    const words = this.#release.confinement === 'selinux' ? 'security=selinux enforcing=0' : '';
    this.#server = await Server.install(await imageOf(this.#release, debs), share, words);
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error('no server yet');
    return this.#server;
  }

  /** What a guest of the server says to a command. */
  inGuest(name: string, command: string): Promise<string> {
    return this.server.ok(`python3 /mnt/in-guest.py ${name} 1200 '${command}'`, 1_260_000);
  }

  async installPackages(): Promise<void> {
    const said = await this.server.ok(
      'apt-get install -q -y --no-install-recommends /mnt/packages/*.deb',
    );
    expect(said).toContain('Setting up vmlane');
    expect((await this.server.ok('vmlane --version')).trim()).toMatch(/^\d+\.\d+\.\d+/);
  }

  /** `host setup`, first as it would be, and libvirt's hook; returns what the hook's installation says. */
  async setUp(wish: string): Promise<string> {
    const { server } = this;
    const shown = await server.ok(`vmlane host setup ${wish} --switch --dry-run`);
    expect(shown).toContain('hugepagesz=1G');
    expect(await server.ok('ls /etc/default/grub.d')).not.toContain('vmlane');
    await server.ok(`vmlane switch settings set cpus=1 log-file=${LOG}`);
    // 1: the kernel may give fewer pages now than were asked for; it says that all come with a reboot.
    const { status, output } = await server.run(`vmlane host setup ${wish} --switch`, 1_200_000);
    expect([0, 1], output).toContain(status);
    return server.ok('vmlane hook install');
  }

  /** A native guest and a wrapped one. */
  async startGuests(): Promise<void> {
    const { server } = this;
    await server.ok('cp /mnt/vmlinuz /mnt/initrd /var/lib/libvirt/images/');
    await server.ok('virsh net-start default || virsh net-info default | grep -q "Active:.*yes"');
    await server.ok('vmlane network add default --libvirt default');
    await server.ok('vmlane domain define /mnt/a.yaml && virsh define /mnt/b.xml');
    await server.ok('vmlane wrap install b');
    for (const name of GUESTS) await server.ok(`virsh start ${name}`);
    expect(await server.ok('cat /var/log/libvirt/qemu/b.log')).not.toContain('snapshot');
  }

  /** The label of a guest's QEMU, as the kernel writes it. */
  async labelOf(guest: string): Promise<string> {
    const text = await this.server.ok(
      `tr -d "\\0" </proc/$(cat /run/libvirt/qemu/${guest}.pid)/attr/current`,
    );
    return text.trimEnd();
  }

  async pingEachOther(): Promise<void> {
    await this.inGuest('b', 'true');
    const said = await this.inGuest('a', `ping -c ${PINGS} -i 0.5 -W 60 10.77.0.2`);
    expect(parsePing(said).times.size).toBe(PINGS);
  }

  /** The guests' ports know their QEMUs. */
  async seePeersChecked(): Promise<void> {
    const ports = JSON.parse(await this.server.ok('vmlane switch ports --json')) as {
      ports: { name: string; peer_checked?: string; peer_label?: string }[];
    };
    const checked = ports.ports.map(({ name, peer_checked }) => [name.split('.')[0], peer_checked]);
    expect(checked).toEqual(
      expect.arrayContaining(
        GUESTS.map((name) => [name, expect.stringMatching(/connection|process/)]),
      ),
    );
  }

  /** The service starts anew; the guests have their network again. */
  async restartSwitch(): Promise<void> {
    await this.server.ok('systemctl restart vmlane-switch');
    const pings = parsePing(await this.inGuest('a', 'ping -c 5 -i 1 -W 60 10.77.0.2'));
    expect(pings.times.size).toBeGreaterThan(0);
  }

  /** All guests, networks and settings go, and the packages. */
  async takeAllBack(): Promise<void> {
    const { server } = this;
    for (const name of GUESTS) await server.ok(`virsh destroy ${name}`);
    await server.ok('vmlane wrap uninstall b');
    for (const name of GUESTS) await server.ok(`virsh undefine ${name}`);
    await server.ok('vmlane network remove default');
    await server.ok('vmlane host setup --undo', 1_200_000);
    await server.ok('apt-get purge -q -y --auto-remove vmlane vhost-switch');
  }
}
