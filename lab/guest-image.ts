import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { execa } from 'execa';
import { packageRoot } from '../src/switch/paths.js';
import { Failed } from '../src/values/errors.js';

/** The folder of setup/guest-parts. */
export const PARTS = '/var/cache/vmlane/guest';
const OWN = `${packageRoot()}/lab/guest`;

/** Kernel and initramfs, by their names in the guests' definitions. */
export const guestImage = { kernel: '/run/lab/vmlinuz', initrd: '/run/lab/initrd' } as const;

/**
 * Packs busybox, the virtio modules and lab/guest into an initramfs. Not compressed: unpacking
 * would take the guest more time than reading saves.
 */
export async function buildGuestImage(): Promise<void> {
  await readFile(`${PARTS}/version`).catch((cause) => {
    const remedy = 'run: bash setup/guest-parts';
    throw new Failed({ thing: PARTS, problem: 'has no guest parts', remedy }, { cause });
  });
  const root = '/run/lab/guest-root';
  await rm(root, { recursive: true, force: true });
  await mkdir(`${root}/bin`, { recursive: true });
  await cp(`${PARTS}/busybox`, `${root}/bin/busybox`);
  await cp(`${PARTS}/modules`, `${root}/modules`, { recursive: true });
  for (const name of ['init', 'dhcp']) await cp(`${OWN}/${name}`, `${root}/${name}`);
  const pack = 'chmod 755 init dhcp && find . | cpio --quiet --create --format=newc --owner=0:0';
  await execa('sh', ['-c', `${pack} >${guestImage.initrd}`], { cwd: root });
  await cp(`${PARTS}/vmlinuz`, guestImage.kernel);
  await rm(root, { recursive: true });
}
