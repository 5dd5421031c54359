import { usualUser, usualUsers } from '../../system/accounts/qemu.js';
import { type Conf, parseConf, type Setting, settingOf } from '../../system/libvirt/conf.js';
import { QEMU_CONF } from '../../system/libvirt/qemu-conf.js';
import type { Look } from '../../system/look/index.js';
import { ALL, type Check, type FactsOf, type View } from './check.js';
import { readKvm } from './cpu.js';
import { type Found, failure, lack, ok, warning } from './finding.js';
import { readPages } from './pages.js';
import { readVersions } from './reported-versions.js';
import { account, distribution } from './shared.js';

export interface ConfFacts {
  path: string;
  conf: Conf;
  /** Why it could not be read; absent if it was. */
  trouble?: string;
  /** The distribution's account for QEMU, libvirt-qemu or qemu, exists. */
  usualAccount: boolean;
  /** Devices of cgroup_device_acl that this host does not have. */
  absent: readonly string[];
}

export function readConf({ host }: View): ConfFacts {
  const path = QEMU_CONF;
  const usualAccount = usualUser(host) !== undefined;
  const text = host.text(path);
  if (text !== undefined) {
    const conf = parseConf(text);
    return { path, conf, usualAccount, absent: absentDevices(conf, host) };
  }
  const trouble = host.trouble(path) ?? 'it cannot be read';
  return { path, conf: { settings: [] }, trouble, usualAccount, absent: [] };
}

function absentDevices(conf: Conf, host: Look): string[] {
  const value = settingOf(conf, 'cgroup_device_acl')?.value;
  const list = Array.isArray(value) ? value : [];
  return list.filter((one): one is string => typeof one === 'string' && !host.exists(one));
}

const READS = {
  ...{ conf: readConf, versions: readVersions, account },
  ...{ pages: readPages, kvm: readKvm, distribution },
};
type Facts = FactsOf<typeof READS>;

export const qemuConf: Check<typeof READS> = {
  name: 'qemu-conf',
  levels: ALL,
  reads: READS,
  judge,
};

const USUAL_USERS = usualUsers().join(' nor ');
/** A list in qemu.conf replaces libvirt's default: without these devices no guest starts. Source: qemu_cgroup.c. */
const NEEDED = ['/dev/null', '/dev/full', '/dev/zero', '/dev/random', '/dev/urandom', '/dev/ptmx'];
/** libvirt's default list, including devices that not every host has. */
const USUAL = [...NEEDED, '/dev/kvm', '/dev/kqemu', '/dev/rtc', '/dev/hpet', '/dev/userfaultfd'];

function* judge(facts: Facts): Iterable<Found> {
  const { conf, versions } = facts;
  if (!versions.libvirt) return;
  const { path, trouble } = conf;
  const { error } = conf.conf;
  if (trouble === 'ENOENT') {
    yield ok('libvirt runs QEMU as it was built to', `${path} is not there`);
  } else if (trouble !== undefined) {
    const remedy = trouble === 'EACCES' ? 'run this as root' : 'put a file in its place';
    yield warning('the settings cannot be read', `${path}: ${trouble}`, remedy);
  }
  if (error) {
    const remedy = 'correct that line, then restart libvirtd';
    yield failure(`libvirtd does not start: ${error.problem}`, `${path}:${error.line}`, remedy);
  }
  yield* types(facts);
  yield* mounts(facts);
  yield* user(facts);
  yield* capabilities(facts);
  yield* devices(facts);
}

/** Types that libvirt accepts for the settings that matter here. */
const TYPES: Record<string, readonly ('string' | 'number' | 'list')[]> = {
  user: ['string'],
  group: ['string'],
  stdio_handler: ['string'],
  security_driver: ['string', 'list'],
  hugetlbfs_mount: ['string', 'list'],
  cgroup_device_acl: ['list'],
  clear_emulator_capabilities: ['number'],
};

/** Tried with libvirt 9.0: it exits when a type is wrong. */
function* types({ conf }: Facts): Iterable<Found> {
  for (const [name, good] of Object.entries(TYPES)) {
    const found = settingOf(conf.conf, name);
    const type = Array.isArray(found?.value) ? 'list' : typeof found?.value;
    if (!found || good.some((one) => one === type)) continue;
    yield failure(
      `libvirtd does not start: ${name} is to be a ${good.join(' or a ')}`,
      at(conf.path, found),
      'correct that line, then restart libvirtd',
    );
  }
}

/** Tried with libvirt 9.0: `not a hugetlbfs mount`. */
function* mounts({ conf, pages }: Facts): Iterable<Found> {
  const found = settingOf(conf.conf, 'hugetlbfs_mount');
  if (!found) return;
  const named = Array.isArray(found.value) ? found.value : [found.value];
  for (const folder of named) {
    // '' turns huge pages off.
    if (typeof folder !== 'string' || folder === '') continue;
    if (pages.mounts.some((one) => one.folder === folder.replace(/(?<=.)\/+$/, ''))) continue;
    yield failure(
      `libvirtd does not start: ${folder} is no hugetlbfs`,
      at(conf.path, found),
      'mount one there, or take the line out: libvirt finds mounts by itself',
    );
  }
}

/** The guide of DPDK's vhost sample ran guests as root, for /dev/usvhost; sockets do not need that. */
function* user({ conf, account, distribution }: Facts): Iterable<Found> {
  const set = ['user', 'group'].flatMap((name) => settingOf(conf.conf, name) ?? []);
  const evidence = set.length > 0 ? set.map((one) => at(conf.path, one)).join(', ') : '/etc/passwd';
  if (!account) {
    yield failure(
      `QEMU's user is unknown: neither ${USUAL_USERS}, nor the user that qemu.conf names exists`,
      evidence,
      `make it: ${distribution.remedies.makeUser}`,
    );
    return;
  }
  if (!conf.usualAccount) {
    yield warning(
      `neither ${USUAL_USERS} is an account: a libvirt built for one of them does not start`,
      '/etc/passwd',
      `make it: ${distribution.remedies.makeUser}`,
    );
  }
  if (account.uid === 0) {
    yield warning(
      'guests run as root: whoever breaks out of one has the host',
      evidence,
      'take user and group out of qemu.conf; guests on the switch need no rights but to their socket folder',
    );
  } else {
    yield ok(`QEMU runs as ${account.name} (uid ${account.uid})`, evidence);
  }
}

function* capabilities({ conf }: Facts): Iterable<Found> {
  const found = settingOf(conf.conf, 'clear_emulator_capabilities');
  if (found?.value !== 0) return;
  yield warning(
    "QEMU keeps root's capabilities",
    at(conf.path, found),
    'take it out: only the character devices of vhost-cuse needed it',
  );
}

function* devices({ conf, kvm }: Facts): Iterable<Found> {
  const found = settingOf(conf.conf, 'cgroup_device_acl');
  const list = found?.value;
  if (!found || !Array.isArray(list)) return;
  const evidence = `${conf.path}:${found.line}`;
  const missing = NEEDED.filter((one) => !list.includes(one));
  if (missing.length > 0) {
    yield failure(
      `cgroup_device_acl keeps guests from ${missing.join(', ')}`,
      evidence,
      'add them: the list takes the place of the one that libvirt has built in',
    );
  }
  if (!list.includes('/dev/kvm')) {
    const remedy = 'add /dev/kvm to it';
    yield lack(kvm.open === 'usable', 'cgroup_device_acl keeps guests from KVM', evidence, remedy);
  }
  const absent = conf.absent.filter((one) => !USUAL.includes(one));
  if (absent.length > 0) {
    yield warning(
      `cgroup_device_acl names what is not there: ${absent.join(', ')}`,
      evidence,
      'take it out, or load the module that makes it',
    );
  }
  if (missing.length === 0 && absent.length === 0 && list.includes('/dev/kvm')) {
    yield ok('cgroup_device_acl has all that guests need', evidence);
  }
}

function at(path: string, { name, value, line }: Setting): string {
  return `${path}:${line}: ${name} = ${JSON.stringify(value)}`;
}
