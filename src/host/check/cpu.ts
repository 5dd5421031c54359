import { walk } from '../../system/accounts/walk.js';
import { cpuFlags } from '../../system/os/cpus.js';
import { openKvm } from '../../system/os/kvm.js';
import type { PathWalk } from '../../values/access.js';
import { rightsOf } from '../../values/access.js';
import { shellWords } from '../../values/shell.js';
import { type Check, type FactsOf, MILD, type View } from './check.js';
import { type Found, ok, warning } from './finding.js';
import { account } from './shared.js';

export interface CpuFacts {
  /** vmx, svm, hypervisor …; undefined if this kind of CPU reports none. */
  flags?: ReadonlySet<string>;
}

export function readCpu({ host }: View): CpuFacts {
  const flags = cpuFlags(host);
  return flags ? { flags } : {};
}

export interface KvmFacts {
  /** 'usable', or the error code of opening it. */
  open: string;
  way: PathWalk;
}

export function readKvm({ host }: View): KvmFacts {
  return { open: openKvm(host), way: walk('/dev/kvm', host.root) };
}

const READS = { cpu: readCpu, kvm: readKvm };
const KVM_READS = { kvm: readKvm, account };

export const virtualisation: Check<typeof READS> = {
  name: 'cpu',
  levels: MILD,
  reads: READS,
  judge: judgeCpu,
};

export const kvm: Check<typeof KVM_READS> = {
  name: 'kvm',
  levels: MILD,
  reads: KVM_READS,
  judge: judgeKvm,
};

/** `vmx`: VT-x, `svm`: AMD-V. Source: arch/x86/include/asm/cpufeatures.h. */
const NAMES = [
  ['vmx', 'VT-x'],
  ['svm', 'AMD-V'],
] as const;

/** Whether guests can use KVM fully; unknown CPUs are assumed to support it. */
export function hasKvm({ cpu, kvm }: FactsOf<typeof READS>): boolean {
  const { flags } = cpu;
  return kvm.open === 'usable' && (!flags || NAMES.some(([flag]) => flags.has(flag)));
}

function* judgeCpu({ cpu, kvm }: FactsOf<typeof READS>): Iterable<Found> {
  const { flags } = cpu;
  if (!flags) {
    yield ok('this kind of CPU reports no flags; /dev/kvm decides', '/proc/cpuinfo');
    return;
  }
  const found = NAMES.find(([flag]) => flags.has(flag));
  if (found) {
    yield ok(`virtualisation: ${found[1]}`, `/proc/cpuinfo: ${found[0]}`);
    return;
  }
  const guest = flags.has('hypervisor');
  const where = guest
    ? 'turn nested virtualisation on in the host below'
    : 'turn it on in the BIOS';
  const opens = kvm.open === 'usable';
  yield warning(
    `neither VT-x nor AMD-V${opens ? ', though /dev/kvm opens: by other means, which do not suit every guest' : ''}`,
    `/proc/cpuinfo${guest ? ': hypervisor: this is a guest itself' : ''}`,
    `${where}; without KVM guests run, some ten times slower`,
  );
}

const MODULE = 'load kvm_intel or kvm_amd: modprobe kvm_intel';
const WHY: Record<string, readonly [what: string, remedy: string]> = {
  ENOENT: ['/dev/kvm is not there', `${MODULE}; guests without KVM are some ten times slower`],
  EACCES: [
    '/dev/kvm is closed to this command',
    'run this as root, or join its group: usermod -aG kvm USER',
  ],
};

/** A guest without KVM still works (TCG), so nothing here is a failure. */
function* judgeKvm({ kvm, account }: FactsOf<typeof KVM_READS>): Iterable<Found> {
  const { open, way } = kvm;
  if (open !== 'usable') {
    const [what, remedy] = WHY[open] ?? ['/dev/kvm does not open', MODULE];
    yield warning(what, `open: ${open}`, remedy);
    return;
  }
  const node = way.parts.find(({ path }) => path === '/dev/kvm');
  const mode = node ? `, mode 0${node.mode.toString(8)}` : '';
  if (node && account && (rightsOf(account, node) & 6) !== 6) {
    yield warning(
      `/dev/kvm opens, but not for QEMU's user ${account.name}`,
      `uid ${node.uid}, gid ${node.gid}${mode}`,
      `${shellWords(['usermod', '-aG', 'kvm', account.name])}, then restart libvirtd`,
    );
    return;
  }
  yield ok('/dev/kvm opens', `opened for reading and writing${mode}`);
}
