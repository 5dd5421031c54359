import { afterAll, beforeAll, expect, onTestFailed } from 'vitest';
import type { GuestConsole } from '../../lab/console.js';
import { Lab } from '../../lab/lab.js';
import { allTails } from '../../lab/logs.js';
import { strays } from '../../lab/strays.js';

export interface Running {
  lab: Lab;
  a: GuestConsole;
  b: GuestConsole;
}

/** A lab with both guests up for the tests of a file, and the proof that it leaves no process. */
export function useLab(): Running {
  const running = {} as Running;
  beforeAll(async () => {
    running.lab = await Lab.open({ say: (text) => console.log(text) });
    try {
      await Promise.all([running.lab.define('a'), running.lab.define('b')]);
      [running.a, running.b] = await Promise.all([running.lab.start('a'), running.lab.start('b')]);
    } catch (error) {
      console.error(await allTails());
      throw error;
    }
  });
  afterAll(async () => {
    await running.lab?.close();
    expect(await strays()).toEqual([]);
  });
  return running;
}

/** To be called first in a test: shows what everybody logged when it fails. */
export function tellAllOnFailure(): void {
  onTestFailed(async () => console.error(await allTails()));
}
