import { readFile, writeFile } from 'node:fs/promises';

const folder = '/sys/kernel/mm/hugepages/hugepages-2048kB';

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

async function count(file: string): Promise<number> {
  return Number.parseInt(await readFile(`${folder}/${file}`, 'utf8'), 10);
}
