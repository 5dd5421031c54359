import { type QemuGuest, readGuests } from '../../system/processes/networks.js';
import { shellWords } from '../../values/shell.js';
import { ALL, type Check, type FactsOf, type View } from './check.js';
import { count, type Found, failure, ok, warning } from './finding.js';
import { readSwitch } from './switch.js';

/** All guests of QEMU that run here. */
export const readRunning = ({ host }: View): readonly QemuGuest[] => readGuests(host);

const READS = {
  guests: readRunning,
  switch: readSwitch,
};

export const guests: Check<typeof READS> = { name: 'guests', levels: ALL, reads: READS, judge };

/** What is wrong with running guests, which would show only when frames are lost. */
function* judge({ guests, switch: found }: FactsOf<typeof READS>): Iterable<Found> {
  const before = [...shared(guests), ...guests.flatMap((guest) => [...alone(guest)])];
  yield* before;
  const ports = found && 'version' in found ? found.ports : undefined;
  const waiting = ports ? guests.flatMap((guest) => [...unheard(guest, ports)]) : [];
  yield* waiting;
  if (before.length + waiting.length > 0) return;
  const onSwitch = guests.filter(({ sockets }) => sockets.length > 0);
  yield ok(
    `${count(guests.length, 'guest')} of QEMU, ${onSwitch.length} on vhost-user, nothing wrong with them`,
    '/proc/PID/cmdline',
  );
}

function* shared(guests: readonly QemuGuest[]): Iterable<Found> {
  const users = new Map<string, string[]>();
  for (const { name, sockets } of guests) {
    for (const { path } of sockets) users.set(path, [...(users.get(path) ?? []), name]);
  }
  for (const [path, names] of users) {
    if (names.length < 2) continue;
    yield failure(
      `${names.length} NICs share one socket: no traffic between them`,
      `${path}: ${names.join(', ')}`,
      'give each NIC a socket of its own',
    );
  }
}

function* alone(guest: QemuGuest): Iterable<Found> {
  const { name, pid } = guest;
  const evidence = `process ${pid}, its arguments`;
  if (guest.private) {
    yield failure(
      `the memory of ${name} is private: the switch cannot map it, the NIC is silent`,
      evidence,
      "give it <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>; 'vmlane domain convert' does",
    );
  }
  if (!guest.orphan) return;
  yield warning(
    `${name} runs, and libvirt does not know of it: its emulator is a wrapper that started QEMU as a child`,
    evidence,
    `end it: kill ${pid}; use a wrapper that becomes QEMU, as qemu-wrap`,
  );
}

function* unheard({ name, sockets }: QemuGuest, ports: readonly string[]): Iterable<Found> {
  for (const { path, listens } of sockets) {
    if (ports.includes(path)) continue;
    const what = listens
      ? `${name} waits for a switch: no port of this one dials its socket`
      : `${name} dials a switch: no port of this one listens on the socket`;
    const listener = listens ? 'qemu' : 'switch';
    const add = ['vmlane', 'switch', 'add', 'NAME', '--path', path, '--listener', listener];
    yield warning(what, path, `${shellWords(add)}; 'vmlane hook install' does it for all guests`);
  }
}
