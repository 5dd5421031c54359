/** As memory.test.ts has it, thousands of times. */
import { it } from 'vitest';
import { leaveNothing, PORTS } from './rounds.js';

const ROUNDS = 200;

it(`${ROUNDS * PORTS} ports, their guests, addresses and captures leave nothing behind`, () =>
  leaveNothing(ROUNDS));
