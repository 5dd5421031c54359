/** What runs the guest: KVM, QEMU's emulation, or neither. */

import { attribute, childrenOf, down } from '../../xml/element.js';
import { wordsOf } from '../read/commandline.js';
import { error, type Found, type Rule, shown, unfit, warning } from './finding.js';
import type { Subject } from './subject.js';

export const MACHINE: readonly Rule[] = [
  { name: 'hypervisor', check: hypervisor },
  { name: 'host-passthrough', check: passthrough },
  { name: 'kvm', check: kvm },
  { name: 'msix-crash', check: msixCrash },
  { name: 'boot-order', check: bootOrder },
];

/** libvirt: "per-device boot elements cannot be used together with os/boot elements". */
function* bootOrder({ domain }: Subject): Iterable<Found> {
  if (down(domain, 'os', 'boot').length === 0) return;
  const devices = childrenOf(domain, 'devices').flatMap(({ children }) => children);
  const [at] = devices.flatMap((device) => childrenOf(device, 'boot'));
  if (!at) return;
  const problem = 'a boot order of devices does not go with <boot> in <os>';
  yield error(
    at,
    problem,
    'leave one of both: <boot dev=…/> in <os>, or <boot order=…/> in devices',
  );
}

function* hypervisor({ domain, vhostUser }: Subject): Iterable<Found> {
  const type = attribute(domain, 'type');
  if (type === undefined) {
    yield error(domain, 'has no type', "write <domain type='kvm'>");
  } else if (vhostUser.length > 0 && !['kvm', 'qemu', 'test'].includes(type)) {
    const problem = `its type is ${shown(type)}, which has no vhost-user`;
    yield error(domain, problem, "write type='kvm' or type='qemu'");
  }
}

/** libvirt 9.0: "CPU mode 'host-passthrough' … is not supported by hypervisor". */
function* passthrough({ domain }: Subject): Iterable<Found> {
  if (attribute(domain, 'type') !== 'qemu') return;
  for (const cpu of childrenOf(domain, 'cpu')) {
    if (attribute(cpu, 'mode') !== 'host-passthrough') continue;
    const problem = "the host's CPU cannot be given to a guest that QEMU emulates";
    yield error(cpu, problem, "write mode='maximum', or type='kvm' in <domain>");
  }
}

const WHY: Record<string, [problem: string, remedy: string]> = {
  ENOENT: [
    '/dev/kvm is not there',
    "load kvm_intel or kvm_amd, or write type='qemu' for emulation",
  ],
  EACCES: ['/dev/kvm may not be opened by this user', 'run this as root or in the group kvm'],
};

function* kvm({ domain, facts }: Subject): Iterable<Found> {
  const found = facts.host?.kvm ?? 'usable';
  if (attribute(domain, 'type') !== 'kvm' || found === 'usable') return;
  const remedy = "turn virtualisation on in the BIOS, or write type='qemu' for emulation";
  const why = WHY[found] ?? [`/dev/kvm does not open (${found})`, remedy];
  yield unfit(domain, why[0], why[1]);
}

/** QEMU 7.2 without KVM crashes when the guest's virtio_net meets vhost-user and MSI-X; QEMU 10 does not. */
function* msixCrash({ domain, vhostUser, facts }: Subject): Iterable<Found> {
  const [major, minor] = facts.host?.qemu ?? [];
  if (attribute(domain, 'type') !== 'qemu' || major !== 7 || minor !== 2) return;
  const [nic] = vhostUser;
  const cmdline = down(domain, 'os', 'cmdline').map(({ text }) => text);
  const off = wordsOf(domain).some((word) => /(^|[.,"])vectors"?[=:]0/.test(word));
  if (!nic || off || cmdline.some((text) => /(^|\s)pci=(\S*,)?nomsi\b/.test(text))) return;
  const problem = 'QEMU 7.2 without KVM crashes when the guest loads its driver for this NIC';
  const remedy = "put pci=nomsi on the guest's kernel command line, or use KVM or QEMU 10";
  yield warning(nic.element, problem, remedy);
}
