/**
 * The Debian packages (packaging/build) on a bare Debian, one step after the other: installed, used, upgraded while
 * the switch runs, removed, purged. Each step's time is in vitest's own lines.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { Bare } from './bare.js';
import { INSTALL, PID, PORTS, putPackages, wrapFromSnapshot } from './steps.js';

const ROOT = join(import.meta.dirname, '../..');
const BUILT = join(ROOT, 'build/package');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const NEXT = '9.0.0';
/** What a host is made of, but for what apt and dpkg write, and what programs of Debian's do at any time. */
const FILES = `find / -xdev ! -path '/proc*' ! -path '/packages*' ! -path '/var/lib/dpkg*' ! -path '/var/lib/apt*' \
  ! -path '/var/cache*' ! -path '/var/log/apt*' ! -path '/tmp*' -printf '%p %M %u %l\\n' | sort; cat /etc/passwd /etc/group`;

let bare: Bare;

beforeAll(async () => {
  const debs = (existsSync(BUILT) ? readdirSync(BUILT) : []).filter((name) =>
    name.endsWith('.deb'),
  );
  expect(debs.length, 'build/package has no packages: npm run package').toBe(2);
  bare = await Bare.make();
  const built = debs.map((deb) => join(BUILT, deb));
  putPackages(bare, 'packages', built);
  mkdirSync(join(bare.root, 'packages/next'));
  for (const deb of built) await newer(deb, join(bare.root, 'packages/next', basename(deb)));
  await bare.text('apt-get update -q');
});

afterAll(() => bare?.end());

/** The same package as another version, which every upgrade takes for newer. */
async function newer(deb: string, to: string): Promise<void> {
  const folder = await mkdtemp(join(BUILT, 'newer-'));
  try {
    await execa('dpkg-deb', ['--raw-extract', deb, folder]);
    const change = `s/^Version: .*/Version: ${NEXT}/; s/vhost-switch (= [^)]*)/vhost-switch (= ${NEXT})/`;
    await execa('sed', ['-i', change, join(folder, 'DEBIAN/control')]);
    await execa('dpkg-deb', ['-Znone', '--root-owner-group', '--build', folder, to]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

// Nothing is downloaded: the other steps do without what is recommended.
test("with what they recommend, apt installs what README's examples need", async () => {
  const plan = await bare.text('cd /packages && apt-get install --simulate ./*.deb');
  const wanted = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
  // What a checkout has apt install, and what its set-up brings.
  const [, checkout = ''] = /^apt-get install .* git (.*)$/m.exec(README) ?? [];
  const needed = [...checkout.split(' '), 'libvirt-clients', 'qemu-system-x86'];
  expect(needed).toContain('dnsmasq-base');
  expect(wanted).toEqual(expect.arrayContaining(['vmlane', 'vhost-switch', ...needed]));
});

let before: string;

test('purge leaves what was there without the packages', async () => {
  await bare.text(`${INSTALL} /packages/*.deb`);
  await bare.text('apt-get purge -q -y vmlane vhost-switch');
  before = await bare.text(FILES);
  expect(before).not.toMatch(/vmlane|vhost-switch|qemu-wrap/);
});

test('apt install ./*.deb, and nothing that compiles', async () => {
  await bare.text(`cd /packages && ${INSTALL} ./*.deb`);
  const names = await bare.text('dpkg-query --show');
  expect(names).not.toMatch(
    /^(?:gcc|g\+\+|clang|make|python3|nodejs|npm|meson|.*-dev)(?:-\d+)?(?::\w+)?\t/m,
  );
  expect(await bare.text('dpkg --verify vmlane vhost-switch; getent passwd vmlane')).toMatch(
    /^vmlane:x:\d+:\d+:vmlane's switch:\/:\S*nologin$/,
  );
});

test('vmlane, without a Node of the system', async () => {
  expect(await bare.text('vmlane --version')).toBe(packageJson.version);
  const xml = await bare.text('vmlane domain example server | vmlane domain generate -');
  expect(xml).toContain('path="/run/vmlane/guests/web1/0.sock"');
  expect(await bare.run('vmlane domain list')).toMatchObject({
    text: expect.not.stringContaining('do not load'),
  });
});

test('vmlane demo says what it lacks, one after the other', async () => {
  const demo = (words = '') => bare.run(`vmlane demo ${words}`);
  const lacks = (remedy: string) => ({ status: 2, text: expect.stringMatching(remedy) });
  expect(await demo()).toMatchObject(
    lacks('QEMU is not installed; .*apt-get install qemu-system-x86$'),
  );
  await bare.text('install -D /bin/true /usr/bin/qemu-system-x86_64');
  expect(await demo()).toMatchObject(lacks('apt-get install busybox-static$'));
  await bare.text(`${INSTALL} busybox-static`);
  expect(await demo()).toMatchObject(
    lacks('name a kernel and its modules with --kernel and --modules$'),
  );
  await bare.text('mkdir /srv/m && touch /srv/vmlinuz /srv/m/virtio_net.ko');
  const dry = '--kernel /srv/vmlinuz --modules /srv/m --dry-run';
  expect((await demo(dry)).text).toContain('/usr/lib/vmlane/wrapper/qemu-wrap -name a ');
  await bare.text('apt-get purge -q -y busybox-static && rm -r /srv/m /srv/vmlinuz');
  await bare.text('rm /usr/bin/qemu-system-x86_64');
});

test("the package's unit is what host setup enables", async () => {
  await bare.text('mkdir -p /run/systemd/system');
  const plan = await bare.text('vmlane host setup --switch --dry-run');
  expect(plan).toContain(
    'ln -s /usr/lib/systemd/system/vmlane-switch.service /etc/systemd/system/multi-user.target.wants/vmlane-switch.service',
  );
  expect(plan).not.toContain('+++');
  const own = await bare.text(
    'vmlane host setup --switch --dry-run --unchecked -- --idle-sleep 100',
  );
  expect(own).toContain('+++ /etc/systemd/system/vmlane-switch.service');
  await bare.text('rmdir /run/systemd/system');
});

test('qemu-wrap starts QEMU from its snapshot', async () => {
  await bare.text('vmlane switch start');
  await wrapFromSnapshot(bare);
});

test('an upgrade keeps the switch, its port and the settings', async () => {
  await bare.text('vmlane switch settings set look-group=adm');
  await bare.text('vmlane switch add web1.0 --path /run/vmlane/guests/web1/0.sock');
  expect(await bare.text(PORTS)).toBe('web1.0');
  const pid = await bare.text(PID);
  const said = await bare.text(`${INSTALL} /packages/next/*.deb`);
  expect(said).toContain(
    `vhost-switch: the former version still runs (pid ${/\d+/.exec(pid)?.[0]})`,
  );
  expect(await bare.text('dpkg-query --show vmlane')).toBe(`vmlane	${NEXT}`);
  expect(await bare.text(PORTS)).toBe('web1.0');
  expect(await bare.text(PID)).toBe(pid);
  await bare.text('vmlane switch stop && vmlane switch start');
  expect(await bare.text(PORTS)).toBe('web1.0');
  expect(await bare.text('vmlane switch settings')).toContain('adm');
});

test('removal is refused while a guest of libvirt is run by qemu-wrap', async () => {
  await bare.text(`mkdir -p /etc/libvirt/qemu && echo '<domain><devices>
    <emulator>/usr/lib/vmlane/wrapper/qemu-wrap</emulator></devices></domain>' >/etc/libvirt/qemu/old1.xml`);
  const { text, status } = await bare.run('apt-get remove -q -y vmlane');
  expect(status).not.toBe(0);
  expect(text).toMatch(
    /^vmlane: libvirt's guests old1 are run by qemu-wrap, .*wrap uninstall --rules GUEST$/m,
  );
  expect(await bare.text(PORTS)).toBe('web1.0');
  // A guest's emulator may be a link to it.
  await bare.text('ln -s /usr/lib/vmlane/wrapper/qemu-wrap /usr/local/bin/of-mine');
  await bare.text(
    'sed -i s,/usr/lib.*/qemu-wrap,/usr/local/bin/of-mine, /etc/libvirt/qemu/old1.xml',
  );
  expect((await bare.run('apt-get remove -q -y vmlane')).text).toContain('guests old1 are run');
  await bare.text('rm /usr/local/bin/of-mine');
  await bare.text('rm -r /etc/libvirt/qemu && rmdir --ignore-fail-on-non-empty /etc/libvirt');
  // As docs/with/proxmox.md has it.
  await bare.text('ln -s qemu-wrap /usr/bin/kvm');
  expect((await bare.run('apt-get remove -q -y vmlane')).text).toMatch(
    /^vmlane: \/usr\/bin\/kvm is qemu-wrap, .*--remove \/usr\/bin\/kvm$/m,
  );
  await bare.text('rm /usr/bin/kvm');
});

test('removal is refused while interfaces of the host are on the switch', async () => {
  await bare.text('mkdir -p /etc/vmlane/interfaces && echo {} >/etc/vmlane/interfaces/lan.json');
  const { text, status } = await bare.run('apt-get remove -q -y vmlane');
  expect(status).not.toBe(0);
  expect(text).toMatch(/^vmlane: interfaces of this host are on the switch .*: lan; first: /m);
  await bare.text('rm -r /etc/vmlane/interfaces');
});

test('remove takes back what was set up; purge leaves nothing', async () => {
  await bare.text('mkdir -p /etc/libvirt/hooks && vmlane hook install');
  await bare.text('vmlane host setup --vfio || true');
  const wanted = 'ls /etc/libvirt/hooks/*.d /usr/local/bin/ovs-vsctl';
  await bare.text('vmlane host setup --domifstat --unchecked');
  await bare.text(wanted);
  await bare.text('mkdir -p /var/lib/vmlane && touch /var/lib/vmlane/vmlinuz');
  await bare.text('apt-get remove -q -y vmlane vhost-switch');
  for (const one of [
    '/etc/libvirt/hooks/*.d',
    '/usr/local/bin/ovs-vsctl',
    '/etc/modules-load.d/vmlane.conf',
  ])
    expect((await bare.run(`ls ${one}`)).status).not.toBe(0);
  expect(await bare.text('cat /etc/vmlane/switch.yaml')).toContain('adm');
  expect(await bare.text(PID)).toBe('');
  await bare.text('apt-get purge -q -y vmlane vhost-switch');
  // A guest's.
  await bare.text('rm /var/lib/vmlane/vmlinuz && rmdir /var/lib/vmlane');
  await bare.text('rm -rf /etc/libvirt');
  expect(await bare.text(FILES)).toBe(before);
  // Another file system.
  expect(await bare.text('ls -d /run/vmlane* /run/dpdk 2>/dev/null || true')).toBe('');
});
