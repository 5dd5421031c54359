/**
 * Several authors may need the same block of a file: each has a claim in the journal, and undoing the last
 * claim removes the block. Pure.
 */
import { blockIn, gapBefore, withBlock } from './block.js';
import type { FileChange } from './changes.js';
import type { Author, BlockEntry, Entry } from './entry.js';

/** Authors with a claim on a block, in order. */
export function claimsOn(
  entries: readonly Entry[],
  { path, name }: { path: string; name: string },
): BlockEntry[] {
  return entries.filter((one): one is BlockEntry => {
    return one.kind === 'block' && one.path === path && one.name === name;
  });
}

/** The claim made by a change of a block. */
export function claimOf(
  { path, before, after, block: name = '' }: FileChange,
  by: Author,
): BlockEntry {
  const [old, fresh] = [blockIn(before ?? '', name), blockIn(after, name) ?? ''];
  const gap = old === undefined && gapBefore(before ?? '');
  return {
    ...{ kind: 'block', by, path, name, before: old ?? null, after: fresh },
    ...{ gap, fresh: before === undefined },
  };
}

/** The result for a file when a claim is undone. */
export interface Released {
  /** Undefined: the file is removed. */
  text: string | undefined;
  /** The message about it; undefined: none. */
  done?: string;
  /** Why the claim stays. */
  left?: string;
}

/** `text` is the present file; `entries` the whole journal, including the claim. */
export function release(
  claim: BlockEntry,
  entries: readonly Entry[],
  text: string | undefined,
): Released {
  const { path, name, before, after, gap, fresh } = claim;
  const claims = claimsOn(entries, claim);
  const next = claims[claims.indexOf(claim) + 1];
  const now = text === undefined ? undefined : blockIn(text, name);
  if (next) return { text: kept(), done: `${path}: our lines stay for ${next.by}` };
  if (now !== undefined && now !== after && now !== before) {
    return { text, left: `${path}: our lines in it were changed since; left` };
  }
  const rest = text === undefined ? undefined : without(text, claim);
  if (fresh && (rest ?? '') === '') {
    return { text: undefined, ...(text !== undefined && { done: `${path}: removed` }) };
  }
  if (rest === text) return { text };
  const others = fresh ? 'our lines taken out, others are in it' : 'our lines taken out';
  return { text: rest, done: `${path}: ${before === null ? others : 'our lines as they were'}` };

  /** The last claim's lines are there, unless its author took them back and could not write that down. */
  function kept(): string | undefined {
    const last = claims.at(-1);
    if (text === undefined || now !== after || !last || last.after === now) return text;
    return withBlock(text, name, last.after);
  }

  function without(all: string, { name: of }: BlockEntry): string {
    const out = withBlock(all, of, before ?? undefined);
    // The newline before the block is ours, unless somebody appended text behind the block.
    const ours = gap && before === null && out.length < all.length && all.startsWith(out);
    return ours ? out.slice(0, -1) : out;
  }
}

/** The journal without a claim: the next claim inherits the block's former content. */
export function withoutClaim(claim: BlockEntry, entries: readonly Entry[]): Entry[] {
  const claims = claimsOn(entries, claim);
  const next = claims[claims.indexOf(claim) + 1];
  const { before, gap, fresh } = claim;
  return entries.flatMap((one): Entry[] => {
    if (one === claim) return [];
    return one === next ? [{ ...next, before, gap, fresh }] : [one];
  });
}

/** The result for a file when all claims of an author are undone, the last first. `own`: there are any. */
export function releaseAll(
  all: readonly Entry[],
  { path, name, by }: { path: string; name: string; by: Author },
  now: string | undefined,
): { own: boolean; text: string | undefined; left?: string } {
  let [text, entries] = [now, all];
  const own = claimsOn(all, { path, name }).filter((claim) => claim.by === by);
  for (const claim of [...own].reverse()) {
    const gone = release(claim, entries, text);
    if (gone.left !== undefined) return { own: true, text, left: gone.left };
    text = gone.text;
    entries = withoutClaim(claim, entries);
  }
  return { own: own.length > 0, text };
}
