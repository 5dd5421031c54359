/**
 * A host's upgrade from Debian 12 to Debian 13 with the packages of both, on a bare Debian, one step after the other:
 * Debian 12's packages and what a host sets up with them; Debian 13 below them; Debian 13's packages; their removal.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { progress } from '../../src/trial/progress.js';
import { packagesOf, RELEASES } from '../server/releases.js';
import { Bare } from './bare.js';
import { INSTALL, PID, PORTS, putPackages, wrapFromSnapshot } from './steps.js';

const WANTS = '/etc/systemd/system/multi-user.target.wants';
/** Where set-up, hooks and the switch leave files. */
const FILES = `find /etc /usr/local /var/lib /run -xdev ! -path '/var/lib/dpkg*' ! -path '/var/lib/apt*' | sort`;
/** What set-up has written, and must work under Debian 13, too. */
const SET_UP = [
  '/etc/apparmor.d/local/abstractions/libvirt-qemu',
  '/etc/apparmor.d/local/usr.sbin.libvirtd',
  '/etc/libvirt/hooks/network.d/vmlane',
  '/etc/libvirt/hooks/qemu.d/vmlane',
  '/etc/modules-load.d/vmlane.conf',
  '/etc/systemd/system/vmlane-metrics.service',
  `${WANTS}/vmlane-metrics.service`,
  `${WANTS}/vmlane-switch.service`,
  '/etc/sysusers.d/vmlane-metrics.conf',
  '/etc/vmlane/switch.yaml',
  '/usr/local/bin/ovs-vsctl',
  '/var/lib/vmlane/setup.json',
];
/** All that, as it reads. */
const TEXTS = `for one in ${SET_UP.join(' ')}; do echo "$one: $(readlink $one)"; [ -L $one ] || cat $one; done`;
/** Programs and files of the packages that it names. */
const NAMED = `cat ${SET_UP.filter((path) => path.startsWith('/etc/')).join(' ')} |
  grep -oE "/usr/(bin/vhost-switch|lib/vmlane/[a-z./-]*[a-z])" | sort -u`;
/** As systemd starts it, by the unit that is enabled. */
const START = `sh -c "$(sed -n s/^ExecStart=//p ${WANTS}/vmlane-switch.service) >/var/log/vmlane.log 2>&1 &"
  timeout 60 sh -c 'until vmlane switch info >/dev/null 2>&1; do sleep 0.2; done' || { cat /var/log/vmlane.log; exit 1; }`;
/** What libvirt's hook reads of a guest, and its call without the operation. */
const XML = '/root/web2.xml';
const HOOK = '/etc/libvirt/hooks/qemu.d/vmlane web2';

const began = Date.now();
const say = progress(began, (text) => process.stderr.write(`upgrade: ${text}`));
let bare: Bare;
/** Files that set-up, hooks and the switch have made. */
let made: string[];
/** What set-up has written, by Debian 12's packages. */
let texts: string;
/** The process of Debian 12's switch, in /proc. */
let twelve: string;

const lines = (text: string) => text.split('\n').filter((line) => line !== '');
const version = async (name: string) =>
  (await bare.text(`dpkg-query --show --showformat='\${Version}' ${name}`)).trim();

/** libvirt's hook makes a guest's ports, and takes them back. */
async function expectHook(): Promise<void> {
  await bare.text(`${HOOK} prepare begin - <${XML}`);
  expect(lines(await bare.text(PORTS))).toEqual(['web1.0', 'web2.0', 'web2.1']);
  await bare.text(`${HOOK} release end - <${XML}`);
  await expectPort();
}

/** The port is there, as it was added. */
async function expectPort(): Promise<void> {
  expect(lines(await bare.text(PORTS))).toEqual(['web1.0']);
  expect(await bare.text('vmlane switch ports')).toMatch(
    / web1\.0 +waiting +switch +100 .*0\.sock$/m,
  );
}

/** The release of DPDK that the switch has loaded. */
async function loadedDpdk(): Promise<string> {
  const exe = lines(await bare.text(PID));
  expect(exe).toHaveLength(1);
  return bare.text(`grep -o 'librte_vhost.*' ${exe[0]?.replace(/exe$/, 'maps')} | sort -u`);
}

beforeAll(async () => {
  const [of12 = [], of13 = []] = RELEASES.map(packagesOf);
  say('a bare Debian 12');
  bare = await Bare.make('bookworm');
  putPackages(bare, 'packages/12', of12);
  putPackages(bare, 'packages/13', of13);
  await bare.text('apt-get update -q');
});

beforeEach(({ task }) => say(task.name));

afterAll(async () => {
  await bare?.end();
  say(`took ${Math.round((Date.now() - began) / 1000)} s`);
});

test("Debian 12's packages, which have a Node of their own", async () => {
  await bare.text(`${INSTALL} /packages/12/*.deb`);
  expect(await version('vmlane')).toBe(`${packageJson.version}+deb12`);
  expect(await bare.text('readlink -f /usr/lib/vmlane/node')).toBe('/usr/lib/vmlane/node');
});

test('a host is set up: settings, units, rules, a module, counters, hooks, a port', async () => {
  await bare.text('mkdir -p /etc/libvirt/hooks');
  const before = new Set(lines(await bare.text(FILES)));
  await bare.text('vmlane switch settings set look-group=adm');
  // The kernel, which is this machine's, loads nothing.
  await bare.text('ln -s /bin/true /usr/local/sbin/modprobe && mkdir -p /run/systemd/system');
  const wish = '--switch --metrics --vfio --domifstat --apparmor --unchecked';
  await bare.text(`PATH=/usr/local/sbin:$PATH vmlane host setup ${wish}`);
  await bare.text('rm /usr/local/sbin/modprobe && rmdir /run/systemd/system');
  await bare.text('vmlane hook install');
  await bare.text(START);
  await bare.text('vmlane switch add web1.0 --path /run/vmlane/guests/web1/0.sock --vlan 100');
  const spec = 'vmlane domain example server | sed s/web1/web2/';
  await bare.text(`${spec} | vmlane domain generate - >${XML}`);
  await expectHook();
  twelve = await bare.text(PID);
  made = lines(await bare.text(FILES)).filter((path) => !before.has(path));
  expect(made).toEqual(expect.arrayContaining([...SET_UP, '/run/vmlane/guests/web1/0.sock']));
  texts = await bare.text(TEXTS);
  expect(lines(await bare.text(NAMED))).toEqual(
    expect.arrayContaining(['/usr/lib/vmlane/dist/bin/hook.js', '/usr/lib/vmlane/node']),
  );
});

test("Debian 12 refuses Debian 13's packages, and nothing changes", async () => {
  const { text, status } = await bare.run(`${INSTALL} /packages/13/*.deb`);
  expect(status).not.toBe(0);
  expect(text).toMatch(/^ vhost-switch : Depends: librte-\S+ .*but it is not installable$/m);
  expect(text).toMatch(/^ vmlane : Depends: nodejs \(>= 20/m);
  expect(await version('vmlane')).toBe(`${packageJson.version}+deb12`);
  await expectPort();
});

test("apt-get dist-upgrade to Debian 13 keeps Debian 12's packages, and the switch runs on", async () => {
  await bare.text('sed -i s/bookworm/trixie/g $(find /etc/apt/sources.list* -type f)');
  const said = await bare.text('apt-get update -q && apt-get dist-upgrade -q -y');
  say(/^Need to get .*$/m.exec(said)?.[0] ?? '');
  expect(await bare.text('cat /etc/debian_version')).toMatch(/^13\./);
  expect(await version('vmlane')).toBe(`${packageJson.version}+deb12`);
  expect(await bare.text(PID)).toBe(twelve);
  await expectPort();
});

test("Debian 12's packages work on Debian 13 until they are upgraded", async () => {
  expect(await bare.text('dpkg --audit; dpkg --verify vmlane vhost-switch')).toBe('');
  expect(await bare.text('vmlane --version')).toBe(packageJson.version);
  expect((await bare.run('vmlane domain list')).text).not.toContain('do not load');
  await expectHook();
  await wrapFromSnapshot(bare);
  // Whoever boots now has a switch of it.
  const other = 'VMLANE_SWITCH=/run/other/switch.sock vmlane switch';
  await bare.text(`mkdir /run/other && ${other} start && ${other} info && ${other} stop`);
  await bare.text('rm -r /run/other');
});

test("Debian 13's packages, with the system's Node; the former switch runs on", async () => {
  const said = await bare.text(`cd /packages/13 && ${INSTALL} ./*.deb`);
  say(/^Need to get .*$/m.exec(said)?.[0] ?? '');
  const [, pid] = /(\d+)/.exec(twelve) ?? [];
  expect(said).toContain(`vhost-switch: the former version still runs (pid ${pid})`);
  expect(said).not.toContain('start-up snapshot');
  expect(await version('vmlane')).toBe(`${packageJson.version}+deb13`);
  expect(await bare.text('dpkg --audit; dpkg --verify vmlane vhost-switch')).toBe('');
  expect(await bare.text('readlink -f /usr/lib/vmlane/node')).toBe('/usr/bin/node');
  expect(await bare.text('/usr/lib/vmlane/node --version')).toMatch(/^v20\./);
  expect(await bare.text(PID)).toBe(twelve);
  await expectPort();
});

test('vmlane, its bindings of libvirt, its plugin of CNI', async () => {
  expect(await bare.text('vmlane --version')).toBe(packageJson.version);
  const xml = await bare.text('vmlane domain example server | vmlane domain generate -');
  expect(xml).toContain('path="/run/vmlane/guests/web1/0.sock"');
  expect((await bare.run('vmlane domain list')).text).not.toContain('do not load');
  const ask = `echo '{"cniVersion": "1.1.0"}' | CNI_COMMAND=VERSION /usr/lib/vmlane/dist/cni/vmlane-cni`;
  expect(await bare.text(ask)).toContain('supportedVersions');
});

test('what was set up is kept, and what it names is there', async () => {
  expect(await bare.text(TEXTS)).toBe(texts);
  await bare.text(`ls -L ${lines(await bare.text(NAMED)).join(' ')} ${SET_UP.join(' ')}`);
  expect(await bare.text('vmlane switch settings')).toMatch(/look-group +adm/);
  // Debian's Node is another program for AppArmor.
  expect(texts).toMatch(/^ *\/\{usr\/,\}bin\/\{[a-z,]*\bnode\b/m);
  expect(await bare.text('vmlane hook status')).toContain('qemu.d/vmlane: installed');
});

test("libvirt's hook, which Debian 12's vmlane has installed, makes a guest's ports", () =>
  expectHook());

test("qemu-wrap starts from a snapshot of the system's Node, made anew with that", async () => {
  await wrapFromSnapshot(bare);
  await bare.text('rm /usr/lib/vmlane/dist/wrap/qemu-wrap.blob');
  await bare.text('apt-get install -q -y --reinstall nodejs');
  await wrapFromSnapshot(bare);
});

test("switch stop and start brings Debian 13's switch, with the port", async () => {
  expect(await loadedDpdk()).toMatch(/so\.23\b/);
  await bare.text('vmlane switch stop && vmlane switch start');
  expect(await loadedDpdk()).toMatch(/so\.25\b/);
  await expectPort();
  expect(await bare.text('vmlane switch settings')).toMatch(/look-group +adm.*the same/);
  await bare.text(`vmlane switch stop && ${START}`);
  expect(await loadedDpdk()).toMatch(/so\.25\b/);
  await expectPort();
});

test("apt-get autoremove takes Debian 12's libraries, and nothing that is needed", async () => {
  expect(await bare.text('apt-get autoremove -q -y')).toContain('Removing librte-vhost23');
  await expectHook();
  await bare.text(`vmlane switch stop && ${START}`);
  await wrapFromSnapshot(bare);
});

test('removed and purged, the packages leave nothing', async () => {
  await bare.text('apt-get remove -q -y vmlane vhost-switch');
  expect(await bare.text(PID)).toBe('');
  expect(await bare.text(`ls -d ${SET_UP.join(' ')} 2>/dev/null || true`)).toBe(
    '/etc/vmlane/switch.yaml',
  );
  await bare.text('apt-get purge -q -y vmlane vhost-switch');
  const left = new Set(lines(await bare.text(FILES)));
  expect(made.filter((path) => left.has(path))).toEqual([]);
  // The test's.
  await bare.text('rm -r /packages /var/log/vmlane.log');
  const names = `-name '*vmlane*' -o -name '*vhost-switch*' -o -name '*qemu-wrap*'`;
  expect(await bare.text(`find / /run -xdev ${names}`)).toBe('');
  expect(await bare.text(`grep -rlI 'vmlane\\|vhost-switch' /etc --exclude='*-' || true`)).toBe('');
});
