import { expect, test } from 'vitest';
import { OTHER_RULES } from '../../src/qemu/edits.js';
import { type Edit, rewrite } from '../../src/qemu/index.js';
import { RULES } from '../../src/qemu/rules.js';
import { cases, readCase } from './fixtures.js';

/** What the golden cases do, those apart that are refused. */
const edits = cases.flatMap((name): Edit[] => {
  const { argv, policy, host } = readCase(name);
  try {
    return rewrite(argv, policy, host).edits;
  } catch {
    return [];
  }
});
const names = [...RULES.map((rule) => rule.name), ...OTHER_RULES];

test.each(names)('the rule %s is used by a golden case', (name) => {
  expect(edits.filter((edit) => edit.rule === name)).not.toEqual([]);
});

test('every change names a rule, and says why in one line', () => {
  for (const { kind, rule, why } of edits) {
    if (kind === 'keep') continue;
    expect(names).toContain(rule);
    expect(why).toMatch(/^[^\n]{10,100}$/);
  }
});
