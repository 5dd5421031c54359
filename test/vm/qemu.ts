import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { until } from '../../lab/poll.js';
import { Monitor } from './qmp.js';

/** A guest that is run without libvirt. Its name is that of its socket, consoles and monitor. */
export interface QemuGuest {
  name: string;
  mac: string;
  /** With its prefix length, as in 10.77.0.3/24. */
  address: string;
  /** Properties of its `-device`, as in `packed=on`. */
  device?: string;
  /** Of its `-netdev`. */
  netdev?: string;
  /** The switch listens at its socket, instead of this QEMU. */
  dials?: boolean;
  /** Huge pages of 2 MiB behind its memory, which must be free. */
  huge?: boolean;
  more?: string[];
}

export const GUEST_MIB = 192;

export const wait = (thing: string) => ({
  thing,
  problem: 'is not ready',
  remedy: 'see logs',
  ms: 180_000,
});

/** QEMUs of one test file, to be ended after its tests. */
export class Qemus {
  readonly #children: ChildProcess[] = [];

  /** Starts one and waits for its monitor. Its socket is /run/vmlane/guests/NAME.sock. */
  async start(guest: QemuGuest): Promise<Monitor> {
    const { name, mac, address, device, netdev, dials, huge, more = [] } = guest;
    const monitor = `/run/lab/${name}.qmp`;
    await rm(`/run/lab/${name}.log`, { force: true });
    const socket = `socket,id=net,path=/run/vmlane/guests/${name}.sock`;
    const pages = huge ? ',hugetlb=on,hugetlbsize=2M' : '';
    const all = (...words: (string | undefined)[]): string => words.filter(Boolean).join(',');
    // As libvirt's: the switch, which is in QEMU's group, must be able to dial.
    const program = ['-c', 'umask 0002; exec "$0" "$@"', 'qemu-system-x86_64'];
    const child = spawn(
      'sh',
      [
        ...program,
        ...['-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'tcg', '-cpu', 'max'],
        ...['-object', `memory-backend-memfd,id=ram,size=${GUEST_MIB}M,share=on${pages}`],
        ...['-machine', 'q35,memory-backend=ram', '-m', `${GUEST_MIB}M`],
        ...['-kernel', '/run/lab/vmlinuz', '-initrd', '/run/lab/initrd'],
        ...[
          '-append',
          `console=ttyS0 quiet panic=-1 no_timer_check cryptomgr.notests pci=nomsi vmlane.ip=${address}`,
        ],
        ...['-chardev', `${socket},${dials ? 'reconnect=1' : 'server=on'}`],
        ...['-netdev', all('vhost-user,id=net0,chardev=net', netdev)],
        ...['-device', all(`virtio-net-pci,netdev=net0,mac=${mac}`, device)],
        ...['-serial', `file:/run/lab/${name}.log`],
        ...['-serial', `unix:/run/lab/${name}.tty,server=on,wait=off`],
        ...['-qmp', `unix:${monitor},server=on,wait=off`],
        ...more,
      ],
      { stdio: 'inherit' },
    );
    this.#children.push(child);
    return until(wait(`QEMU ${name}`), () => Monitor.connect(monitor).catch(() => undefined));
  }

  async end(): Promise<void> {
    for (const child of this.#children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
}
