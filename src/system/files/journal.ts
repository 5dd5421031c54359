import { z } from 'zod';
import { Failed, InvalidInput } from '../../values/errors.js';
import { isCommand } from './commands.js';
import type { HostFiles } from './plan.js';

/** What was done, with all that giving it back needs. */
export const JOURNAL = '/var/lib/vmlane/setup.json';

const rights = z.strictObject({ mode: z.int(), uid: z.int(), gid: z.int() });
const path = z.string().startsWith('/');
/** Folders that were made on the way. */
const made = z.array(path);
const entry = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('file'),
    path,
    before: z.strictObject({ text: z.string(), rights }).nullable(),
    after: z.string(),
    made,
  }),
  z.strictObject({
    kind: z.literal('folder'),
    path,
    before: rights.nullable(),
    after: rights,
    made,
  }),
  z.strictObject({ kind: z.literal('link'), path, target: z.string(), made }),
  z.strictObject({
    kind: z.literal('write'),
    path: path.regex(/^\/sys\/[\w/-]+\/nr_hugepages$/),
    before: z.int(),
    after: z.int(),
    /** Another boot: the kernel has forgotten it. */
    boot: z.string(),
  }),
  z.strictObject({ kind: z.literal('command'), undo: z.custom<string>().refine(isCommandName) }),
]);
const schema = z.strictObject({ version: z.literal(1), made, entries: z.array(entry) });

/** One step that was done, or begun. */
export type Entry = z.infer<typeof entry>;

function isCommandName(name: unknown): boolean {
  return typeof name === 'string' && isCommand(name);
}

/** The file that remembers; written before each step is done, so that a step that was cut off is known, too. */
export class Journal {
  readonly #files: HostFiles;
  readonly #made: string[];
  #entries: Entry[];

  /** @throws InvalidInput for a journal that somebody has edited badly or could have */
  constructor(files: HostFiles) {
    this.#files = files;
    const found = read(files);
    this.#entries = found?.entries ?? [];
    this.#made = found?.made ?? files.missingAbove(JOURNAL);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  add(one: Entry): void {
    this.keep([...this.#entries, one]);
  }

  /** Remembers these only; with none there is no file. */
  keep(entries: readonly Entry[]): void {
    if (entries.length > 0) {
      const data = { version: 1, made: this.#made, entries };
      // It may hold what only root may read.
      this.#files.write(JOURNAL, `${JSON.stringify(data, null, 1)}\n`, { mode: 0o600 });
    } else {
      this.#files.remove(JOURNAL);
      for (const folder of [...this.#made].reverse()) this.#files.removeFolder(folder);
    }
    this.#entries = [...entries];
  }
}

function read(files: HostFiles): z.infer<typeof schema> | undefined {
  const text = files.text(JOURNAL);
  if (text === undefined) return undefined;
  const found = files.rights(JOURNAL);
  const mine = found?.uid === 0 || found?.uid === process.getuid?.();
  if (!mine || ((found?.mode ?? 0) & 0o022) !== 0) {
    const problem = 'others could have written it, and undoing follows it';
    throw new Failed({ thing: JOURNAL, problem, remedy: 'look at it, then chown and chmod it' });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const problem = 'this is no journal of vmlane host setup';
    const remedy = 'move it away; what it held cannot be undone by --undo';
    throw new InvalidInput({ thing: JOURNAL, problem, remedy }, { cause });
  }
}
