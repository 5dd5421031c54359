/**
 * What a frame costs, in instructions, against what is kept in bench/instructions.json. No timed
 * test: the count is the same on any machine, however busy. A figure that fell has to be recorded,
 * too, or a later rise would hide behind it: npm run bench:instructions -- --record
 */
import { describe, expect, test } from 'vitest';
import { countInstructions, MAY_GROW, recorded, scenarios } from '../../bench/instructions.js';

const kept = recorded();

describe.each(await scenarios())('%s', (scenario) => {
  test('costs a frame as many instructions as is recorded', async ({ skip }) => {
    const { compiler, instructions } = await countInstructions(scenario);
    const figures = kept[compiler];
    if (!figures) skip(`no figures of ${compiler} are kept`);
    const figure = figures?.[scenario] ?? Number.NaN;
    expect(instructions).toBeGreaterThan(figure * (1 - MAY_GROW));
    expect(instructions).toBeLessThan(figure * (1 + MAY_GROW));
  });
});

test('the compiler that the tests are built with has figures of every scenario', async () => {
  const names = await scenarios();
  for (const figures of Object.values(kept))
    expect(Object.keys(figures).sort()).toEqual(names.sort());
});
