import { expect, inject } from 'vitest';
import { runInTestbed, type TestbedOptions, type TestbedResult } from './testbed.js';

/** There is no testbed on this machine, and fetch.ts has said why: what needs one is skipped. */
export const missing = inject('noTestbed') !== null;

/** The repository's scripts for the guest. */
export const guest = (name: string): string => `test/testbed/guest/${name}`;

/** Runs a script that must succeed without any program crashing, and shows all it said if not. */
export async function succeed(options: TestbedOptions): Promise<TestbedResult> {
  const start = Date.now();
  const result = await runInTestbed(options);
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  console.log(`${[options.script, ...(options.args ?? [])].join(' ')}: ${seconds} s`);
  if (result.status !== 0 || result.crashed.length > 0) {
    console.error(`${result.output}\n--- console\n${result.console}`);
  }
  // Its last words come with the failure: a summary at the end of a long log shows no more than that.
  const last = result.output.trimEnd().split('\n').slice(-6).join('\n');
  const { status, crashed } = result;
  expect({ status, crashed }, last).toEqual({ status: 0, crashed: [] });
  return result;
}
