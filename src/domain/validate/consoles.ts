/** Serial ports and consoles of an x86 guest. */
import { attribute, childrenOf, down } from '../../xml/element.js';
import { whole } from '../read/values.js';
import { error, type Found, type Rule } from './finding.js';
import type { Subject } from './subject.js';

export const CONSOLES: readonly Rule[] = [
  { name: 'serial-ports', check: ports },
  { name: 'consoles', check: consoles },
];

/** Serial ports of a PC: QEMU's MAX_ISA_SERIAL_PORTS. */
const ISA_PORTS = 4;
const UNSAID = 'isa-serial';

/** libvirt 9.0 accepts the definition, refuses the start, and cannot read the domain when it restarts itself. */
function* ports({ domain }: Subject): Iterable<Found> {
  if (!isX86(domain)) return;
  const seen = new Set<number>();
  let next = 0;
  for (const serial of down(domain, 'devices', 'serial')) {
    const [target] = childrenOf(serial, 'target');
    const given = attribute(target, 'port');
    // A port without a number comes behind all others.
    const port = given === undefined ? next : whole(given, 0, 65_535);
    if (port === undefined) continue;
    next = Math.max(next, port + 1);
    if ((attribute(target, 'type') ?? UNSAID) !== UNSAID) continue;
    const at = target ?? serial;
    if (port >= ISA_PORTS) {
      const problem = `is serial port ${port}, and a PC has ${ISA_PORTS}, counted from 0`;
      yield error(at, problem, "write <target type='pci-serial'>, or take it out");
    } else if (seen.has(port)) {
      yield error(at, `serial port ${port} is there twice`, 'give each its own, or leave port out');
    }
    seen.add(port);
  }
}

/** A console is a serial port by default. Source: virDomainDefAddConsoleCompat. */
function* consoles({ domain }: Subject): Iterable<Found> {
  if (!isX86(domain)) return;
  for (const [index, console] of down(domain, 'devices', 'console').entries()) {
    const [target] = childrenOf(console, 'target');
    const type = attribute(target, 'type') ?? 'serial';
    if (index === 0 || type !== 'serial') continue;
    const problem = 'only the first console can be a serial port';
    yield error(target ?? console, problem, "put it first, or write <target type='virtio'/>");
  }
}

function isX86(domain: Subject['domain']): boolean {
  const [type] = down(domain, 'os', 'type');
  const ours = ['kvm', 'qemu'].includes(attribute(domain, 'type') ?? '');
  return ours && /^(x86_64|i686)$/.test(attribute(type, 'arch') ?? 'x86_64');
}
