/** As memory.test.ts has it, thousands of times. */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../../bench/memory-world.js';
import { growthOver, PORTS } from './rounds.js';

const ROUNDS = 200;
/** A tenth of a KiB of each port that came would be more. */
const MAY_GROW_KIB = 256;

it(`${ROUNDS * PORTS} ports, their guests, addresses and captures leave nothing behind`, () =>
  MemoryWorld.use({}, async (world) => {
    const { own, descriptors } = await growthOver(world, ROUNDS);
    expect(own).toBeLessThan(MAY_GROW_KIB);
    expect(descriptors).toBe(0);
  }));
