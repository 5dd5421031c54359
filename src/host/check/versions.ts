import type { Version } from '../../qemu/index.js';
import { ALL, type Check, type FactsOf } from './check.js';
import { hasKvm, readCpu, readKvm } from './cpu.js';
import { type Found, failure, ok, type Purpose, warning } from './finding.js';
import { type Reported, readVersions } from './reported-versions.js';
import { distribution, purpose } from './shared.js';

const READS = { versions: readVersions, cpu: readCpu, kvm: readKvm, purpose, distribution };
type Facts = FactsOf<typeof READS>;

export const qemu: Check<typeof READS> = {
  name: 'qemu',
  levels: ALL,
  reads: READS,
  judge: judgeQemu,
};

export const libvirt: Check<typeof READS> = {
  name: 'libvirt',
  levels: ALL,
  reads: READS,
  judge: judgeLibvirt,
};

/** A version that is known to do harm, alone or in combination. */
interface Known {
  of: 'qemu' | 'libvirt';
  /** Whether a version is affected. */
  bad(version: Version, facts: Facts): boolean;
  level: 'warning' | 'failure';
  /** The only purpose that is affected; absent if all are. */
  purpose?: Purpose;
  what: string;
  remedy: string;
}

const before = (major: number, minor: number) => (version: Version) =>
  version[0] < major || (version[0] === major && version[1] < minor);

/** Measured with Debian 12; else from the change logs of QEMU and libvirt. */
const KNOWN: readonly Known[] = [
  {
    of: 'qemu',
    bad: ([major, minor], facts) => major === 7 && minor === 2 && !hasKvm(facts),
    level: 'warning',
    purpose: 'vhost-user',
    what: 'QEMU 7.2 without KVM crashes when a guest loads virtio_net for a NIC on the switch',
    remedy:
      "put pci=nomsi on the guest's kernel command line, or -global virtio-net-pci.vectors=0 on QEMU's, or install QEMU 10 (bookworm-backports)",
  },
  {
    of: 'qemu',
    bad: before(2, 2),
    level: 'failure',
    purpose: 'vhost-user',
    what: 'this QEMU has no vhost-user',
    remedy: 'install QEMU 5.0 or later',
  },
  {
    of: 'qemu',
    bad: (version) => !before(2, 2)(version) && before(5, 0)(version),
    level: 'warning',
    what: 'this QEMU is older than any that was tried; before 2.7 it cannot reconnect, before 2.12 it has no memfd',
    remedy: 'install QEMU 5.0 or later',
  },
  {
    of: 'libvirt',
    bad: before(1, 2),
    level: 'failure',
    purpose: 'vhost-user',
    what: 'this libvirt has no vhost-user NICs (1.2.7)',
    remedy: 'install libvirt 4.10 or later, or use QEMU without libvirt',
  },
  {
    of: 'libvirt',
    bad: (version) => !before(1, 2)(version) && before(4, 10)(version),
    level: 'warning',
    purpose: 'vhost-user',
    what: 'this libvirt cannot share ordinary memory (memfd, 4.10)',
    remedy: 'install libvirt 4.10 or later, or give guests huge pages',
  },
];

function* judgeQemu(facts: Facts): Iterable<Found> {
  const { qemu, sought } = facts.versions;
  if (!qemu) {
    const remedy = `install it, such as with: ${facts.distribution.remedies.installQemu}`;
    yield failure('no QEMU', `sought: ${sought.qemu}`, remedy);
    return;
  }
  yield* judged('qemu', qemu, facts);
}

function* judgeLibvirt(facts: Facts): Iterable<Found> {
  const { libvirt, sought } = facts.versions;
  if (!libvirt) {
    yield warning(
      'no libvirt: guests can only be started by hand, with qemu-wrap',
      `sought: ${sought.libvirt}`,
      `install it, such as with: ${facts.distribution.remedies.installLibvirt}`,
    );
    return;
  }
  yield* judged('libvirt', libvirt, facts);
}

function* judged(of: Known['of'], { version, by }: Reported, facts: Facts): Iterable<Found> {
  const known = KNOWN.filter(
    (one) =>
      one.of === of && (one.purpose ?? facts.purpose) === facts.purpose && one.bad(version, facts),
  );
  for (const { level, what, remedy } of known) yield { level, what, evidence: by, remedy };
  const name = of === 'qemu' ? 'QEMU' : 'libvirt';
  if (known.length === 0) yield ok(`${name} ${version.join('.')}`, by);
}
