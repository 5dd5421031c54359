/** What rpm's packages and Debian's have in common is said once, or the same. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { dependencies } from '../../packaging/names.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const SPEC = read('packaging/rpm/vmlane.spec');
const CONTROL = read('packaging/debian/control');
const RULES = read('packaging/debian/rules');
const LIST = read('setup/packages');

type Names = [fedora: string, openSuse: string];
/** Debian's names and those there; an empty one: it is part of another package. */
const NAMES: Record<string, Names> = {
  gcc: ['gcc', 'gcc'],
  'g++': ['gcc-c++', 'gcc-c++'],
  'libc6-dev': ['glibc-devel', 'glibc-devel'],
  make: ['make', 'make'],
  meson: ['meson', 'meson'],
  'ninja-build': ['ninja-build', 'ninja'],
  'pkg-config': ['pkgconf-pkg-config', 'pkg-config'],
  python3: ['python3', 'python3'],
  'libdpdk-dev': ['pkgconfig(libdpdk)', 'pkgconfig(libdpdk)'],
  'libjansson-dev': ['pkgconfig(jansson)', 'pkgconfig(jansson)'],
  'libseccomp-dev': ['pkgconfig(libseccomp)', 'pkgconfig(libseccomp)'],
  'libcmocka-dev': ['pkgconfig(cmocka)', 'pkgconfig(cmocka)'],
  'libvirt-dev': ['pkgconfig(libvirt)', 'pkgconfig(libvirt)'],
  'librte-mempool-ring@ABI@': ['dpdk', 'dpdk'],
  'librte-meta-net': ['', ''],
  iproute2: ['iproute', 'iproute2'],
  kmod: ['kmod', 'kmod'],
  'libvirt-daemon-system': ['libvirt-daemon-kvm', 'libvirt-daemon-qemu'],
  'libvirt-clients': ['libvirt-client', 'libvirt-client'],
  'qemu-system-x86': ['qemu-system-x86', 'qemu-x86'],
  'dnsmasq-base': ['dnsmasq', 'dnsmasq'],
  'qemu-utils': ['qemu-img', 'qemu-tools'],
  tcpdump: ['tcpdump', 'tcpdump'],
  'libxml2-utils': ['libxml2', 'libxml2-tools'],
  virtinst: ['virt-install', 'virt-install'],
  genisoimage: ['genisoimage', 'mkisofs'],
  'swtpm-tools': ['swtpm-tools', 'swtpm'],
  'busybox-static': ['busybox', 'busybox-static'],
};

/** The spec as one distribution's rpm reads it: conditions on openSUSE are all that it has. */
function specFor(suse: boolean): string {
  let taken = true;
  return SPEC.split('\n')
    .filter((line) => {
      if (line === '%if 0%{?suse_version}') taken = suse;
      else if (line === '%else') taken = !taken;
      else if (line === '%endif') taken = true;
      else return taken;
      return false;
    })
    .join('\n');
}

/** Its own are in no list of Debian's. */
const ALSO = /^(vhost-switch|nodejs.*|npm|systemd-rpm-macros|sysuser-tools)$/;
const tagged = (tag: string, text: string) =>
  [...text.matchAll(new RegExp(`^${tag}: +(\\S+)`, 'gm'))].map(([, name]) => name ?? '');

test.each([
  ['Fedora', 0],
  ['openSUSE', 1],
] as const)("%s: packages depend on what Debian's depend on", (_, at) => {
  const spec = specFor(at === 1);
  const own = (debian: string[]) => debian.flatMap((one) => NAMES[one]?.[at] || []).toSorted();
  const buildDepends = /^Build-Depends:\n((?: .*\n)*)/m.exec(CONTROL)?.[1] ?? '';
  const build = [...buildDepends.matchAll(/^ ([^\s,]+)/gm)].map(([, name]) => name ?? '');
  const known = [...build.slice(1)];
  const named = (tag: string) =>
    tagged(tag, spec)
      .filter((one) => !ALSO.test(one))
      .toSorted();
  expect(named('BuildRequires')).toEqual(own(build));
  for (const [kind, tag] of [
    ['depends', 'Requires'],
    ['recommends', 'Recommends'],
    ['suggests', 'Suggests'],
  ] as const) {
    const debian = ['vhost-switch', 'vmlane'].flatMap((name) => dependencies(LIST, name, kind));
    known.push(...debian);
    expect(named(tag)).toEqual(own(debian));
  }
  expect(known.filter((name) => !(name in NAMES))).toEqual([]);
  expect(tagged('Requires', spec)).toContain('nodejs');
  expect(/^Requires: +nodejs (.*)$/m.exec(spec)?.[1]?.replace(' ', '')).toBe(
    packageJson.engines.node,
  );
});

test('version and descriptions are the same', () => {
  expect(tagged('Version', SPEC)).toEqual([packageJson.version]);
  for (const [name, at] of [
    ['vhost-switch', 'vhost-switch'],
    ['vmlane', ''],
  ] as const) {
    const [, debian = ''] =
      new RegExp(`^Package: ${name}\\n(?:.*\\n)*?Description: ((?:.*\\n)(?: .*\\n)*)`, 'm').exec(
        CONTROL,
      ) ?? [];
    const [summary = '', ...text] = debian.trimEnd().split('\n');
    const [, own = ''] =
      new RegExp(`^%description${at ? ` -n ${at}` : ''}\\n((?:(?!%).*\\n)*)`, 'm').exec(SPEC) ?? [];
    expect(own.trimEnd()).toBe(text.map((line) => line.slice(1).replace(/^\.$/, '')).join('\n'));
    expect(tagged('Summary', SPEC).length).toBe(2);
    expect(SPEC.toLowerCase()).toContain(`summary:        ${summary.toLowerCase()}\n`);
  }
});

test('both build, install and remove by the same scripts', () => {
  for (const script of ['packaging/compile', 'packaging/install']) {
    expect(RULES).toContain(`bash ${script}`);
    expect(SPEC).toContain(`bash ${script}`);
  }
  for (const text of [
    read('packaging/debian/vmlane.prerm'),
    SPEC.replaceAll('%{_prefix}', '/usr'),
  ]) {
    expect(text).toContain('/usr/lib/vmlane/before-removal');
  }
  for (const file of [
    'vhost-switch.logrotate',
    'vhost-switch.dirs',
    'vhost-switch.docs',
    'vmlane.docs',
  ]) {
    expect(SPEC).toContain(`packaging/debian/${file}`);
  }
});

test('macros of a distribution stand in its own place only, and are nothing elsewhere', () => {
  const scriptlets = SPEC.slice(SPEC.indexOf('\n%pre '), SPEC.indexOf('\n%files'));
  const macros = [...scriptlets.matchAll(/%(\w+) vmlane[.-]/g)].map(([, name]) => name);
  expect(macros.length).toBeGreaterThan(5);
  for (const name of macros) expect(scriptlets).toContain(`%{?${name}:%${name} `);
  expect(specFor(true)).not.toMatch(/%systemd_/);
  expect(specFor(false)).not.toMatch(/%service_/);
});

test('a list of files has folders of ours, not those of others', () => {
  const dir = mkdtempSync(join(tmpdir(), 'vmlane-rpm-'));
  try {
    for (const path of [
      'usr/lib/vmlane/dist/a.js',
      'etc/logrotate.d/b',
      'usr/share/man/man1/c.1',
    ]) {
      mkdirSync(join(dir, 'root', path, '..'), { recursive: true });
      writeFileSync(join(dir, 'root', path), '');
    }
    mkdirSync(join(dir, 'root/var/log/vmlane'), { recursive: true });
    writeFileSync(join(dir, 'docs'), 'README.md\ndocs/with\n');
    const script = join(ROOT, 'packaging/rpm/lists');
    const list = execFileSync(script, [join(dir, 'root'), join(dir, 'docs')], { encoding: 'utf8' });
    expect(list.trimEnd().split('\n')).toEqual([
      '%dir "/usr/lib/vmlane"',
      '%dir "/usr/lib/vmlane/dist"',
      '%dir "/var/log/vmlane"',
      '"/usr/lib/vmlane/dist/a.js"',
      '%config(noreplace) "/etc/logrotate.d/b"',
      '/usr/share/man/man1/c.1*',
      '%doc README.md',
      '%doc docs/with',
    ]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
