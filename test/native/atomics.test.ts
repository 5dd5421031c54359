/**
 * What threads share in native/ is accessed in one way, and says who writes and who reads it:
 * native/README.md, "Shared memory".
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SWITCH_SETTINGS } from '../../src/contract/bounds.js';

const NATIVE = join(import.meta.dirname, '../../native');

/** Fields of the formats that a guest or the kernel shares with us; the threads are not ours. */
const FORMATS = new Set(['idx', 'flags', 'head', 'tail', 'addr', 'len', 'rest']);
/** Functions of ours that take a shared field's address: they do the access. */
const ACCESS =
  /(?:\b__atomic_\w+|\bcounter_add|\bcollect|\b(?:un)?claim|\bsetting(?:_change)?)\s*\(/;
const REMARK = /\/\* shared: written .*\bread\b.* \*\//;

const sources = readdirSync(NATIVE, { recursive: true, encoding: 'utf8' })
  .filter((name) => /^(?:(?:base|cage|ring|vhost|host|datapath|control)\/)?\w+\.[ch]$/.test(name))
  .filter((name) => !/(?:_test|_fuzz)\.c$|^ring\/(?:driver|peek)\./.test(name))
  .sort()
  .map((name) => ({ name, text: readFileSync(join(NATIVE, name), 'utf8') }));

/** Without comments, but with as many lines. */
function bare(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''));
}

/** The text with what macros of the contract declare written out, each with the remark before the macro. */
function written(text: string): string {
  return text.replace(
    /^(.*shared: .*)\n#define SETTING\(.*\n\tEACH_SWITCH_SETTING\(SETTING\)$/gm,
    (_, remark: string) =>
      Object.keys(SWITCH_SETTINGS)
        .map((key) => `${remark}\n\tuint32_t ${key};`)
        .join('\n'),
  );
}

/** Names that a struct or a file declares: what the remark before them says is about them. */
function declared(): Map<string, { remarked: boolean; times: number }> {
  const names = new Map<string, { remarked: boolean; times: number }>();
  for (const { text } of sources) {
    const lines = written(text).split('\n');
    const code = bare(lines.join('\n')).split('\n');
    let inStruct = false;
    code.forEach((line, at) => {
      inStruct = /^struct \w+ \{/.test(line) || (inStruct && !line.startsWith('}'));
      if (!inStruct && !line.startsWith('static ')) return;
      const [, list = ''] =
        /^(?:\t|static (?!inline))(?:_Thread_local |const |unsigned |struct |enum )*\w+ \**(\w+[^()]*);\s*$/.exec(
          line,
        ) ?? [];
      for (const part of list.split(',')) {
        const [name = ''] = /\w+/.exec(part) ?? [];
        const before = names.get(name) ?? { remarked: false, times: 0 };
        const remarked = before.remarked || REMARK.test(lines[at - 1] ?? '');
        if (name !== '') names.set(name, { remarked, times: before.times + 1 });
      }
    });
  }
  return names;
}

/** Fields whose address goes into an atomic access, and where. */
function accessed(): { field: string; where: string }[] {
  return sources.flatMap(({ name, text }) =>
    [
      ...bare(text).matchAll(
        new RegExp(`${ACCESS.source}\\s*&((?:\\w|->|\\.|\\[[^\\]]*\\])+)`, 'g'),
      ),
    ].map(([, path = '']) => ({
      field: path.replace(/\[[^\]]*\]/g, '').replace(/^.*(?:->|\.)/, ''),
      where: `${name}: ${path}`,
    })),
  );
}

describe('memory that threads share', () => {
  const names = declared();

  test('there is one dialect of atomics', () => {
    const others =
      /\b(?:_Atomic|atomic_\w+|memory_order\w*|stdatomic|rte_smp_\w+|rte_atomic(?!_thread_fence|\.h)\w+)\b/;
    const found = sources.filter(({ text }) => others.test(bare(text))).map(({ name }) => name);
    expect(found).toEqual([]);
  });

  test('volatile is only READ_ONCE() and READ_WORDS()', () => {
    const found = sources.flatMap(({ name, text }) =>
      [...bare(text).matchAll(/.*\bvolatile\b.*/g)]
        .filter(([line]) => !/__asm__ volatile|#define READ_(?:ONCE|WORDS)/.test(line))
        .map(([line]) => `${name}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });

  test('each field that is accessed atomically says who writes and who reads it', () => {
    const silent = accessed()
      .filter(({ field }) => !FORMATS.has(field) && !names.get(field)?.remarked)
      .map(({ where }) => where);
    expect(silent).toEqual([]);
    expect(accessed().length).toBeGreaterThan(50);
  });

  test('a field with that remark is accessed in no other way', () => {
    // Where another struct has a field of the same name, a line does not say which it is; and a
    // struct that is reached without a pointer is a copy of one's own.
    const unique = [...names].filter(([, { remarked, times }]) => remarked && times === 1);
    const plain = unique.flatMap(([field]) =>
      sources.flatMap(({ name, text }) =>
        bare(text)
          .split(/[;{}]/)
          .filter((statement) => new RegExp(`->${field}\\b`).test(statement))
          .filter((statement) => !ACCESS.test(statement))
          .map((statement) => `${name}: ${statement.trim()}`),
      ),
    );
    expect(plain).toEqual([]);
    expect(unique.length).toBeGreaterThan(15);
  });
});
