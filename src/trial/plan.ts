/** What is run, as words that a user could type. */
import { shellWords } from '../values/shell.js';

/** What the guests run on. */
export type Accelerator = 'kvm' | 'tcg';

/** One of the guests. */
export interface TrialGuest {
  name: string;
  address: string;
  mac: string;
}

/** Both of them. They are alone on their switch, so addresses can be anything. */
export const GUESTS = [
  { name: 'a', address: '10.77.0.1', mac: '52:54:00:00:00:0a' },
  { name: 'b', address: '10.77.0.2', mac: '52:54:00:00:00:0b' },
] as const satisfies TrialGuest[];

/** Files in the folder that all is run in. */
export const FILES = { socket: 'switch.sock', guests: 'guests', initrd: 'initrd' } as const;

/** The host, as far as the demo needs to know it. */
export interface TrialHost {
  /** The folder. */
  folder: string;
  kernel: string;
  wrapper: string;
  emulator: string;
  /** A processor for the switch. */
  cpu: number;
}

/** Variables by which every command finds the demo's switch, and nothing finds the settings of the host. */
export function variables({ folder, emulator }: TrialHost): Record<string, string> {
  return {
    VMLANE_SWITCH: `${folder}/${FILES.socket}`,
    VMLANE_SOCKET_DIR: `${folder}/${FILES.guests}`,
    VMLANE_SETTINGS: folder,
    VMLANE_EMULATOR: emulator,
  };
}

/** Beside a switch that serves this host: on a processor of its own choice, without huge pages, and waiting when idle. */
export function switchStart({ cpu }: Pick<TrialHost, 'cpu'>): string[] {
  const folders = ['--folder', FILES.guests];
  return ['switch', 'start', '--no-huge', '--idle-wait', '1', '--cpus', String(cpu), ...folders];
}

/**
 * QEMU's words for a guest with a tap, which qemu-wrap moves to the switch. Files are named as in the folder.
 * romfile: no boot from the network; no_timer_check: a busy machine delays the timer, and the kernel's test of it ends in
 * a panic; cryptomgr.notests: the kernel tests its ciphers at each boot otherwise; pci=nomsi: QEMU 7.2 without KVM
 * crashes when a vhost-user NIC uses MSI-X.
 */
export function qemuWords(
  { name, address, mac }: TrialGuest,
  { kernel }: Pick<TrialHost, 'kernel'>,
  accelerator: Accelerator,
): string[] {
  const line = [
    'console=ttyS0 quiet panic=-1 no_timer_check cryptomgr.notests',
    ...(accelerator === 'tcg' ? ['pci=nomsi'] : []),
    `vmlane.ip=${address}/24`,
  ];
  return [
    ...['-name', name, '-accel', accelerator, '-m', '256'],
    ...['-nodefaults', '-no-reboot', '-display', 'none'],
    ...['-serial', `file:${name}.log`, '-serial', `unix:${name}.tty,server=on,wait=off`],
    ...['-kernel', kernel, '-initrd', FILES.initrd, '-append', line.join(' ')],
    ...['-netdev', 'tap,id=net0', '-device', `virtio-net-pci,netdev=net0,mac=${mac},romfile=`],
  ];
}

/** All of it as lines of a shell, as --dry-run shows them. */
export function planLines(host: TrialHost, accelerator: Accelerator): string[] {
  return [
    ...openingLines(host),
    vmlaneLine(switchStart(host)),
    ...GUESTS.map(
      (guest) => `${shellWords([host.wrapper, ...qemuWords(guest, host, accelerator)])} &`,
    ),
    ...LOOKS.map(vmlaneLine),
    vmlaneLine(STOP),
  ];
}

/** Where the rest is typed. */
export function openingLines(host: TrialHost): string[] {
  const set = Object.entries(variables(host)).map(([name, value]) => {
    const inside = value.startsWith(host.folder);
    return `${name}=${inside ? value.replace(host.folder, '$PWD') : shellWords([value])}`;
  });
  return [`cd ${shellWords([host.folder])}`, `export ${set.join(' ')}`];
}

/** What is asked of the switch in the end. */
export const LOOKS = [
  ['switch', 'ports'],
  ['switch', 'fdb'],
];
export const STOP = ['switch', 'stop'];

export function vmlaneLine(words: readonly string[]): string {
  return `vmlane ${shellWords(words)}`;
}
