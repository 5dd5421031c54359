import { accessSync, constants, statSync } from 'node:fs';
import type { Backend, Step } from '../qemu/index.js';
import { Failed } from '../values/errors.js';

/**
 * Checks that bash will be able to do the steps, as far as possible without doing them. `root`
 * stands for `/`. @throws Failed with the obstacle
 */
export function checkSteps(steps: readonly Step[], backend: Backend, root = ''): void {
  for (const step of steps) CHECKS[step.do](step.path);
  const vhost = backend.kind === 'tap-fd' && backend.vhost;
  if (steps.length === 0 || !vhost) return;
  // QEMU 7.2 aborts, instead of refusing, if it cannot use vhost for such a tap.
  check(`${root}/dev/vhost-net`, constants.R_OK | constants.W_OK, VHOST_NET);
}

const VHOST_NET =
  'load the module vhost_net and, for libvirt, name the device in cgroup_device_acl of qemu.conf';
const PROVIDED = 'see whether what provides it runs, and whether the settings name it right';

const CHECKS: Record<Step['do'], (path: string) => void> = {
  open: (path) => {
    check(path, constants.R_OK | constants.W_OK, PROVIDED);
    if (statSync(path).isCharacterDevice()) return;
    throw new Failed({ thing: path, problem: 'this is not a character device', remedy: PROVIDED });
  },
  enable: (path) => check(path, constants.W_OK, PROVIDED),
  // It may exist only after another file was written to.
  adopt: () => {},
};

function check(path: string, mode: number, remedy: string): void {
  try {
    accessSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failed({
      thing: path,
      problem: `uid ${process.getuid?.()} cannot use it (${code})`,
      remedy,
    });
  }
}
