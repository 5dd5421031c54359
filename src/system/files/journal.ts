import * as z from 'zod';
import { Failed, InvalidInput } from '../../values/errors.js';
import type { Look } from '../look/index.js';
import { blockIn } from './block.js';
import { claimOf } from './claims.js';
import { type Entry, entry, path } from './entry.js';
import type { HostFiles } from './host-files.js';

/** The changes made, with everything needed to undo them. */
export const JOURNAL = '/var/lib/vmlane/setup.json';

const schema = z.strictObject({
  version: z.literal(2),
  /** Folders created for files. */
  made: z.array(path),
  entries: z.array(entry),
});

/** The journal's content. */
export type Journalled = Omit<z.infer<typeof schema>, 'version'>;

/** The journal's file; written before each change, so that an interrupted one is recorded, too. */
export class Journal {
  readonly #files: HostFiles;
  #now: Journalled;

  /** @throws InvalidInput for a journal that is damaged, or that others may edit */
  constructor(files: HostFiles) {
    this.#files = files;
    this.#now = readJournal(files);
  }

  get entries(): readonly Entry[] {
    return this.#now.entries;
  }

  get made(): readonly string[] {
    return this.#now.made;
  }

  /** Records one more change, and the folders that it needs. */
  add(one: Entry): void {
    const needed = 'path' in one ? this.#files.missingAbove(one.path) : [];
    const all = [...this.made, ...this.#files.missingAbove(JOURNAL), ...needed];
    this.#keep({ entries: [...this.entries, one], made: [...new Set(all)] });
  }

  /** Keeps only these entries, and the created folders that still exist; without entries, removes the file. */
  keep(entries: readonly Entry[]): void {
    const made = this.made.filter((folder) => this.#files.exists(folder));
    this.#keep({ entries: [...entries], made });
  }

  #keep(data: Journalled): void {
    if (data.entries.length > 0) this.#write(data);
    else this.#close(data.made);
    this.#now = data;
  }

  #write(data: Journalled): void {
    const text = `${JSON.stringify({ version: 2, ...data }, null, 1)}\n`;
    // It may contain text that only root may read.
    this.#files.write(JOURNAL, text, { mode: 0o600, last: 'kept' });
  }

  /** Removes the empty folders of `made`, and the file. If one cannot be removed, the file lists it for a retry. */
  #close(made: readonly string[]): void {
    const own = made.filter((folder) => JOURNAL.startsWith(`${folder}/`));
    const others = made.filter((folder) => !own.includes(folder));
    if (others.length > 0) this.#write({ entries: [], made: [...made] });
    for (const folder of deepestFirst(others)) this.#files.removeFolder(folder);
    this.#files.remove(JOURNAL, 'kept');
    try {
      for (const folder of deepestFirst(own)) this.#files.removeFolder(folder);
    } catch (error) {
      this.#write({ entries: [], made: own });
      throw error;
    }
  }
}

/** Folders, inner ones before outer ones. */
export function deepestFirst(folders: readonly string[]): string[] {
  return [...folders].sort((one, other) => other.length - one.length);
}

/** Reads a host's journal; empty if there is none. @throws InvalidInput, Failed */
export function readJournal(look: Look): Journalled {
  const text = look.text(JOURNAL);
  if (text === undefined) return { made: [], entries: [] };
  const found = look.rights(JOURNAL);
  const mine = found?.uid === 0 || found?.uid === process.getuid?.();
  if (!mine || ((found?.mode ?? 0) & 0o022) !== 0) {
    const problem = 'others could have written it, and undoing follows it';
    throw new Failed({ thing: JOURNAL, problem, remedy: 'look at it, then chown and chmod it' });
  }
  try {
    const { made, entries } = schema.parse(upgraded(JSON.parse(text)));
    return { made, entries };
  } catch (cause) {
    const problem = 'this is no journal of vmlane';
    const remedy = 'move it away; what it held cannot be taken back';
    throw new InvalidInput({ thing: JOURNAL, problem, remedy }, { cause });
  }
}

/** Version 1 had one author, each entry its created folders, and blocks were whole files. */
function upgraded(data: unknown): unknown {
  const first = z.object({
    version: z.literal(1),
    made: z.array(path),
    entries: z.array(z.looseObject({ made: z.array(path).optional() })),
  });
  const old = first.safeParse(data);
  if (!old.success) return data;
  const made = old.data.entries.flatMap((one) => one.made ?? []);
  return {
    version: 2,
    made: [...new Set([...old.data.made, ...made])],
    entries: old.data.entries.map(({ made: _, ...one }) => asBlock({ ...one, by: 'setup' })),
  };
}

function asBlock(given: unknown): unknown {
  const found = entry.safeParse(given);
  if (!found.success || found.data.kind !== 'file') return given;
  const { path: at, before, after } = found.data;
  const name = /^# begin vmlane: ([\w-]+)$/m.exec(after)?.[1];
  if (name === undefined || blockIn(after, name) === undefined) return given;
  const change = { kind: 'file', path: at, before: before?.text, after, mode: 0, why: '' } as const;
  return claimOf({ ...change, block: name }, 'setup');
}
