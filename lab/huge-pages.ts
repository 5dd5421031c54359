import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { packageRoot } from '../src/switch/paths.js';

const folder = '/sys/kernel/mm/hugepages/hugepages-2048kB';

/** For who takes some without asking, such as loads that tests start only to see them refuse. */
const SPARE = 16;

/** Pages added for the world, and the way to return them. */
export interface Reservation {
  /** Present free pages. */
  free: number;
  /** Why there are fewer than requested; empty if there are enough. */
  shortage: string;
  /** Removes only what was added: others may have changed the number meanwhile. */
  release(): Promise<void>;
}

/** Makes `pages` huge pages of 2 MiB free, as far as the machine can. */
export async function reserve(pages: number): Promise<Reservation> {
  let added = 0;
  let shortage = '';
  try {
    const missing = pages - (await count('free_hugepages'));
    if (missing > 0) {
      const before = await count('nr_hugepages');
      await writeFile(`${folder}/nr_hugepages`, String(before + missing));
      added = missing; // to be returned even if the present number cannot be read
      // The kernel adds what it finds and reports no error for fewer.
      added = (await count('nr_hugepages')) - before;
      if (added < missing)
        shortage = `memory is too fragmented: ${added} of ${missing} pages added`;
    }
  } catch (error) {
    // Containers have no or a read-only /sys; the switch runs without huge pages, only slower.
    shortage = error instanceof Error ? error.message : String(error);
  }
  const free = shortage === '' ? pages : await count('free_hugepages').catch(() => 0);
  const release = async (): Promise<void> => {
    if (added <= 0) return;
    const now = await count('nr_hugepages');
    await writeFile(`${folder}/nr_hugepages`, String(Math.max(0, now - added)));
    added = 0;
  };
  return { free, shortage, release };
}

/**
 * Adds `pages` to what is free, which may be meant for others, for who also needs that nobody else of this checkout
 * takes or returns pages meanwhile: waits for its turn, and has it until release().
 */
export async function reserveAlone(pages: number): Promise<Reservation> {
  const end = await turn();
  try {
    const more = await reserve((await count('free_hugepages')) + pages + SPARE);
    const release = () => more.release().finally(end);
    return { ...more, release };
  } catch (error) {
    await end();
    throw error;
  }
}

/** flock(2) by a program that ends with us, however we end; worlds have a /run of their own, and the checkout. */
async function turn(): Promise<() => Promise<void>> {
  const holder = execa('flock', [`${packageRoot()}/build/huge-pages.lock`, 'cat'], {
    buffer: false,
  });
  const end = async () => {
    holder.stdin.end();
    await holder;
  };
  // It comes back when cat runs. Without flock, or a folder, the answer is the error of the program.
  const answer = new Promise((resolve) => holder.stdout.once('data', resolve));
  holder.stdin.write('?');
  await Promise.race([answer, holder]);
  return end;
}

async function count(file: string): Promise<number> {
  return Number.parseInt(await readFile(`${folder}/${file}`, 'utf8'), 10);
}
