/**
 * What must hold before a guest starts or gets a NIC, whoever starts it: CLI, library, libvirt's hook,
 * qemu-wrap. Pure: takes facts and throws the first thing that is wrong. A check whose fact the caller
 * cannot know is left out (README.md has the table).
 */
import { dirname } from 'node:path';
import type { Port, PortRequest } from '../contract/types.js';
import { planPorts } from '../switch/register.js';
import { Failed, InvalidInput, type Trouble, type VmlaneError } from '../values/errors.js';

/** What is known before a start; absent if the caller cannot know. */
export interface StartFacts {
  /** The guest's name in messages, `domain web1`. */
  guest: string;
  /** The ports that it needs; without any, nothing is checked. */
  wanted: readonly PortRequest[];
  /** Why the switch cannot be asked; null if it answers. */
  unreachable?: VmlaneError | null;
  /** Why the switch cannot map the guest's memory; null if it can. */
  memory?: Omit<Trouble, 'thing'> | null;
  /** Why the switch would refuse a file that is a part of the memory; null if it takes all. */
  memoryFile?: Omit<Trouble, 'thing'> | null;
  /** Why the switch would lose the guest's frames; null if it carries them. */
  mtu?: Omit<Trouble, 'thing'> | null;
  /** Why a VF's card would lose the guest's frames; null if it does not. */
  relayMac?: Omit<Trouble, 'thing'> | null;
  /** By folder: why QEMU cannot make its sockets there; null if it can. */
  folders?: ReadonlyMap<string, Omit<Trouble, 'thing'> | null>;
  /** By path: why QEMU cannot rely on the socket of a switch that listens; null if it can. */
  laid?: ReadonlyMap<string, Omit<Trouble, 'thing'> | null>;
  /** What is wrong with the mount of the guest's huge pages; null if nothing is. */
  hugePages?: Trouble | null;
  /** Sockets on which a process listens, in the network namespace of QEMU and switch. */
  listening?: ReadonlySet<string>;
  /** The switch's ports, once guests that are stopping have freed theirs. */
  ports?: readonly Port[];
}

type Fact = Exclude<keyof StartFacts, 'guest' | 'wanted'>;

/** One check. */
export interface StartCheck {
  name: string;
  /** The fact it needs; without it the check is left out. */
  needs: Fact;
  /** @throws VmlaneError that refuses the start */
  check(facts: StartFacts): void;
}

/** In this order. The switch comes first: on a fresh host it is what the user has to start. */
export const START_CHECKS: readonly StartCheck[] = [
  { name: 'switch', needs: 'unreachable', check: answers },
  { name: 'memory', needs: 'memory', check: shared },
  { name: 'memory file', needs: 'memoryFile', check: isMapped },
  { name: 'mtu', needs: 'mtu', check: carried },
  { name: 'relay mac', needs: 'relayMac', check: isVfs },
  { name: 'folder', needs: 'folders', check: folder },
  { name: 'laid', needs: 'laid', check: isLaid },
  { name: 'huge pages', needs: 'hugePages', check: mount },
  { name: 'socket', needs: 'listening', check: free },
  { name: 'port', needs: 'ports', check: port },
];

/** Throws the error of the first check that fails: Failed, InvalidInput, SwitchError. */
export function checkStart(facts: StartFacts): void {
  if (facts.wanted.length === 0) return;
  for (const { needs, check } of START_CHECKS) if (facts[needs] !== undefined) check(facts);
}

/** QEMU waits forever for a peer that does not come. */
function answers({ unreachable }: StartFacts): void {
  if (unreachable) throw unreachable;
}

/** QEMU would start and carry no frame. */
function shared({ guest, memory }: StartFacts): void {
  if (memory) throw new InvalidInput({ thing: guest, ...memory });
}

/** QEMU would start, and the switch drop it. */
function isMapped({ guest, memoryFile }: StartFacts): void {
  if (memoryFile) throw new InvalidInput({ thing: guest, ...memoryFile });
}

/** The guest would be offered an MTU whose frames the switch drops. */
function carried({ guest, mtu }: StartFacts): void {
  if (mtu) throw new InvalidInput({ thing: guest, ...mtu });
}

/** The guest would have a NIC and no answers: its VF's card knows another MAC. */
function isVfs({ guest, relayMac }: StartFacts): void {
  if (relayMac) throw new InvalidInput({ thing: guest, ...relayMac });
}

function folder({ wanted, folders }: StartFacts): void {
  for (const { path } of wanted.filter(qemuListens)) {
    const trouble = folders?.get(dirname(path));
    if (trouble) throw new Failed({ thing: dirname(path), ...trouble });
  }
}

/** QEMU would wait for ever, or hand its memory to whoever is there. */
function isLaid({ wanted, laid }: StartFacts): void {
  for (const { path } of wanted.filter((port) => !qemuListens(port))) {
    const trouble = laid?.get(path);
    if (trouble) throw new Failed({ thing: path, ...trouble });
  }
}

/** Ordinary files in place of huge pages would fill a disk with guest memory. */
function mount({ hugePages }: StartFacts): void {
  if (hugePages) throw new InvalidInput(hugePages);
}

/**
 * QEMU would take a socket's name away from a running guest. We read the kernel's list instead of dialling
 * the socket, because QEMU would take us for the switch.
 */
function free({ wanted, listening }: StartFacts): void {
  for (const { path } of wanted.filter(qemuListens)) {
    if (!listening?.has(path)) continue;
    throw new Failed({
      thing: path,
      problem: 'another process listens on this socket, a guest of the same name is running',
      remedy: 'stop it or give this guest another name',
    });
  }
}

/** planPorts refuses a port with the other listener. */
function port({ wanted, ports = [] }: StartFacts): void {
  for (const step of planPorts(ports, wanted)) {
    if (step.kind !== 'add') {
      if (step.port.state === 'up') throw taken(step.port);
      continue;
    }
    const { name } = step.request;
    const holder = ports.find((one) => one.name === name);
    if (holder && holder !== step.stale) throw taken(holder);
  }
}

function taken({ name, path }: Port): Failed {
  return new Failed({
    thing: `port ${name}`,
    problem: `another guest is connected to it at ${path}`,
    remedy: 'stop that guest, or give this one another name or socket',
  });
}

function qemuListens({ listener }: PortRequest): boolean {
  return listener !== 'switch';
}
