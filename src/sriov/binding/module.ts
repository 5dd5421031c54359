import { execa } from 'execa';
import { Failed } from '../../values/errors.js';
import { VFIO } from '../names.js';

/** Loads the kernel's module for vfio-pci. @throws Failed */
export async function loadVfio(): Promise<void> {
  const ran = await execa('modprobe', [VFIO], {
    stdin: 'ignore',
    reject: false,
    env: { LC_ALL: 'C' },
  });
  if (ran.exitCode === 0) return;
  const said = ran.stderr.trim().split('\n').at(-1) || ran.shortMessage || 'it says nothing';
  const remedy = 'run this as root, on a kernel that has the module';
  throw new Failed({ thing: `modprobe ${VFIO}`, problem: said, remedy });
}
