import { type Argument, parseArguments, propertiesOf } from '../../src/qemu/syntax/arguments.js';
import { get, type Properties, render, set, without } from '../../src/qemu/syntax/properties.js';
import { parseSize } from '../../src/values/size.js';
import { isHere } from './here.js';

/** Files, monitors and accelerators of the machine that a command line was written for. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...['D', 'S', 'accel', 'add-fd', 'append', 'blockdev', 'cpu', 'daemonize', 'display', 'drive'],
  ...['enable-kvm', 'hda', 'initrd', 'iscsi', 'kernel', 'mon', 'monitor', 'pidfile', 'qmp'],
  ...['sandbox', 'serial', 'spice', 'vnc'],
  // Only Proxmox's QEMU knows it.
  'id',
  // Removed in QEMU 9.0.
  ...(isHere([9, 0]) ? ['no-hpet'] : []),
]);
const QUIET = ['-S', '-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'tcg'];
/** Taking more than this would fill a small machine. */
const MOST_TAKEN = 64 * 1024 ** 2;

/**
 * Arguments as they can be started here, in a network of their own. Only what names files,
 * descriptors, hardware and machine types of another host is changed; NICs, memory and sockets of
 * the switch stay as they are, but huge pages become ordinary ones in `folder`.
 */
export function localize(argv: readonly string[], folder: string): string[] {
  return [...QUIET, ...parseArguments(argv).flatMap((argument) => local(argument, folder))];
}

function local(argument: Argument, folder: string): readonly string[] {
  const { option } = argument;
  const properties = propertiesOf(argument);
  if (option === undefined || ELSEWHERE.has(option)) return [];
  const change = CHANGES[option];
  if (option === 'mem-path') return [`-${option}`, folder];
  const changed = change ? change(properties, folder) : undefined;
  if (change === undefined) return argument.args;
  return changed === undefined ? [] : [`-${option}`, render(changed)];
}

/** Properties of a tap that is somewhere else. */
const OF_TAP = /^(br|fds?|vhost.*|ifname|script|downscript)$/;

type Change = (given: Properties, folder: string) => Properties | undefined;

const CHANGES: Readonly<Record<string, Change>> = {
  boot: (given) => without(given, (key) => key === 'splash'),
  chardev: (given, folder) => {
    const ours = get(given, 'path')?.startsWith(`${folder}/`);
    const id = get(given, 'id') ?? '';
    if (ours) return given;
    return id === 'charmonitor' ? undefined : nothing(id);
  },
  device: (given) => (get(given, 'drive') === undefined ? given : undefined),
  machine: (given) => {
    const type = get(given, 'type') ?? '';
    const known = without(given, (key) => key === 'accel' || key === 'hpet');
    if (/^pc-q35-1/.test(type)) return set(known, 'type', 'pc-q35-7.2');
    const [, plain] = /^(.+)\+pve\d+$/.exec(type) ?? [];
    if (plain !== undefined) return set(known, 'type', plain);
    return type === 'pc-i440fx-1.4' ? set(known, 'type', 'pc') : known;
  },
  net: (given) => (isTap(given) ? ownTap(given) : given),
  netdev: (given) => (isTap(given) ? ownTap(given) : given),
  nic: (given) => (isTap(given) ? ownTap(given) : given),
  object: (given, folder) => {
    const type = get(given, 'qom-type') ?? '';
    if (type === 'secret') return undefined;
    return type.startsWith('memory-backend-') ? ordinaryPages(given, folder) : given;
  },
};

function nothing(id: string): Properties {
  return { syntax: 'keyval', members: [{ key: 'backend', value: 'null', text: `null,id=${id}` }] };
}

function isTap(given: Properties): boolean {
  return ['tap', 'bridge'].includes(get(given, 'type') ?? '');
}

/** QEMU makes it in its own network, with as many queues. */
function ownTap(given: Properties): Properties {
  const queues = (get(given, 'fds') ?? '').split(':').length;
  const start = get(given, 'type') === 'bridge' ? set(given, 'type', 'tap') : given;
  const bare = without(start, (key) => OF_TAP.test(key));
  const own = set(set(bare, 'script', 'no'), 'downscript', 'no');
  return queues > 1 ? set(own, 'queues', queues) : own;
}

function ordinaryPages(given: Properties, folder: string): Properties {
  let found = without(given, (key) => key === 'hugetlb' || key === 'hugetlbsize');
  if (get(found, 'mem-path') !== undefined) found = set(found, 'mem-path', folder);
  // Nearly every test machine has one node, number 0.
  if (given.members.some(({ key }) => key === 'host-nodes') && given.syntax === 'keyval') {
    found = set(found, 'host-nodes', '0');
  }
  const bytes = parseSize(get(given, 'size') ?? '', 'b') ?? 0;
  return bytes > MOST_TAKEN ? without(found, (key) => key === 'prealloc') : found;
}
