/** Sockets of vhost-user NICs, as far as the XML shows. */

import { RECONNECT_SECONDS } from '../../values/guest-socket.js';
import { pathTrouble, SOCKET_PATH_MAX } from '../../values/socket-path.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import type { Placed } from '../../xml/scan.js';
import { whole } from '../read/values.js';
import { SOURCE_REMEDY } from '../read/vhost-user.js';
import { error, type Found, type Rule, shown, warning } from './finding.js';
import type { Subject } from './subject.js';

export const SOCKETS: readonly Rule[] = [
  { name: 'socket', check: source },
  { name: 'socket-path', check: path },
  { name: 'socket-unique', check: unique },
  { name: 'reconnect', check: reconnect },
];

/** libvirt 1.2.7 needs both path and mode. */
function* source({ vhostUser }: Subject): Iterable<Found> {
  for (const { element, sourceElement: source, path, mode } of vhostUser) {
    if (source === element) yield error(element, 'has no <source>: no socket', SOURCE_REMEDY);
    else if (path === '') yield error(source, 'has no path: no socket', SOURCE_REMEDY);
    const type = attribute(source, 'type');
    if (source !== element && type !== 'unix') {
      yield error(
        source,
        `type=${shown(type ?? '')} is no socket of a switch`,
        "write type='unix'",
      );
    }
    if (source === element || mode === 'server' || mode === 'client') continue;
    const problem = `mode=${shown(mode ?? '')} does not tell who listens`;
    yield error(source, problem, "write mode='client': the switch listens, QEMU dials");
  }
}

function* path({ vhostUser }: Subject): Iterable<Found> {
  for (const { sourceElement: source, path } of vhostUser) {
    const trouble = path === '' ? undefined : pathTrouble(path, SOCKET_PATH_MAX);
    if (!trouble) continue;
    const described = trouble.problem.startsWith('"') ? '' : `${shown(path)} `;
    yield error(source, `path ${described}${trouble.problem}`, trouble.remedy);
  }
}

/** Two users of one socket take each other's connection, or each other's name away. */
function* unique({ domain, vhostUser }: Subject): Iterable<Found> {
  const users = new Map<string, string>();
  const uses = [
    ...vhostUser.map(({ sourceElement: source, path, index }) => ({
      at: source,
      path,
      user: `interface ${index + 1}`,
    })),
    // <console> is the first <serial> once more.
    ...['serial', 'parallel', 'channel', 'rng'].flatMap((name) => sockets(domain, name)),
  ].sort((one, other) => one.at.start - other.at.start);
  for (const { at, path, user } of uses) {
    const other = users.get(path);
    users.set(path, other ?? user);
    if (path === '' || other === undefined) continue;
    yield error(at, `the socket ${shown(path)} is that of ${other}, too`, 'give each its own');
  }
}

function sockets(domain: Placed, name: string): { at: Placed; path: string; user: string }[] {
  return down(domain, 'devices', name).flatMap((device, index) =>
    childrenOf(device, 'source')
      .filter((at) => ['bind', 'connect'].includes(attribute(at, 'mode') ?? ''))
      .map((at) => ({ at, path: attribute(at, 'path') ?? '', user: `${name} ${index + 1}` })),
  );
}

const RECONNECT_REMEDY = `write <reconnect enabled='yes' timeout='${RECONNECT_SECONDS}'/> in <source>`;

/** libvirt 4.1. The schema allows it in server mode, but libvirt refuses it there. */
function* reconnect({ vhostUser }: Subject): Iterable<Found> {
  for (const { sourceElement: source, mode } of vhostUser) {
    const again = childrenOf(source, 'reconnect');
    if (mode === 'client' && again.every((one) => attribute(one, 'enabled') === 'no')) {
      const problem = 'QEMU dials once only: when the switch restarts, the NIC has no network';
      yield warning(again[0] ?? source, problem, RECONNECT_REMEDY);
    }
    for (const at of again) {
      const enabled = attribute(at, 'enabled');
      const timeout = attribute(at, 'timeout');
      if (enabled !== 'yes' && enabled !== 'no') {
        yield error(at, `enabled=${shown(enabled ?? '')} is neither yes nor no`, 'write yes');
      } else if (enabled === 'yes' && mode === 'server') {
        const problem = 'QEMU listens here, it has nobody to dial again';
        yield error(at, problem, 'take it out: the switch dials again by itself');
      }
      if (timeout !== undefined && whole(timeout, 0, 2 ** 32 - 1) === undefined) {
        const problem = `timeout=${shown(timeout)} is no whole number of seconds`;
        yield error(at, problem, "write timeout='1'");
      } else if (timeout !== undefined && enabled === 'yes' && Number(timeout) === 0) {
        yield error(at, 'timeout="0" is never', "write timeout='1'");
      }
    }
  }
}
