import * as z from 'zod';
import { type AccountName, isAccount, isCommand } from './commands.js';

/** Authors of changes: `host setup`, `wrap install`, `hook install`, `sriov persist`. */
export type Author = 'setup' | 'wrap' | 'hook' | 'sriov';

const rights = z.strictObject({ mode: z.int(), uid: z.int(), gid: z.int() });
export const path = z.string().startsWith('/');
const by = z.enum(['setup', 'wrap', 'hook', 'sriov']) satisfies z.ZodType<Author>;
const file = z.strictObject({ text: z.string(), rights });
const block = z.strictObject({
  kind: z.literal('block'),
  by,
  path,
  name: z.string().regex(/^[\w-]+$/),
  /** Lines of the former block; null: there was none. */
  before: z.string().nullable(),
  after: z.string(),
  /** We added a newline before it. */
  gap: z.boolean(),
  /** The file did not exist. */
  fresh: z.boolean(),
});
export const entry = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('file'),
    by,
    path,
    before: file.nullable(),
    after: z.string(),
    lasting: z.literal(true).optional(),
    keepTime: z.literal(true).optional(),
  }),
  block,
  z.strictObject({ kind: z.literal('link'), by, path, target: z.string() }),
  /** In the journal only during the run that removed it. */
  z.strictObject({
    kind: z.literal('removed'),
    by,
    path,
    before: z.union([file, z.strictObject({ target: z.string() })]),
  }),
  z.strictObject({ kind: z.literal('folder'), by, path, before: rights.nullable(), after: rights }),
  z.strictObject({
    kind: z.literal('write'),
    by,
    path: path.regex(/^\/sys\/[\w/-]+\/nr_hugepages$/),
    before: z.int(),
    after: z.int(),
    /** Boot ID: after another boot the kernel's value is reset. */
    boot: z.string(),
  }),
  z.strictObject({
    kind: z.literal('account'),
    by,
    name: z.custom<AccountName>((name) => typeof name === 'string' && isAccount(name)),
  }),
  z.strictObject({
    kind: z.literal('command'),
    by,
    undo: z.custom<string>().refine((name) => typeof name === 'string' && isCommand(name)),
  }),
]);

/** One change that was made or begun. */
export type Entry = z.infer<typeof entry>;
export type BlockEntry = z.infer<typeof block>;

/** Whether it exists only for the rollback of a failed run. */
export function isPassing(one: Entry): boolean {
  return one.kind === 'removed' || (one.kind === 'file' && one.lasting === true);
}
