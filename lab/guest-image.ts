import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { guestImage as imageOf } from '../src/trial/image.js';
import { Failed } from '../src/values/errors.js';
import { cached } from './cache.js';

/** The folder of setup/guest-parts. */
export const PARTS = cached('guest');

/** Kernel and initramfs, by their names in the guests' definitions. */
export const guestImage = { kernel: '/run/lab/vmlinuz', initrd: '/run/lab/initrd' };

/** Makes them of busybox and modules that were fetched, as `vmlane demo` does of the host's. */
export async function buildGuestImage(image = guestImage): Promise<void> {
  await readFile(`${PARTS}/version`).catch((cause) => {
    const remedy = 'run: bash setup/guest-parts';
    throw new Failed({ thing: PARTS, problem: 'has no guest parts', remedy }, { cause });
  });
  const names = (await readdir(`${PARTS}/modules`)).sort();
  const modules = names.map(async (name) => ({
    name,
    content: await readFile(`${PARTS}/modules/${name}`),
  }));
  const busybox = await readFile(`${PARTS}/busybox`);
  await writeFile(image.initrd, imageOf({ busybox, modules: await Promise.all(modules) }));
  await cp(`${PARTS}/vmlinuz`, image.kernel);
}
