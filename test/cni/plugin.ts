/** Calls the built plugin as a runtime does, with a stand-in for the plugin that gives addresses. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/switch/paths.js';

const PROGRAM = join(packageRoot(), 'dist/cni/vmlane-cni');

/** Where the stand-in is, under this name. */
export const STAND_IN = 'stand-in-ipam';
const FOLDER = join(packageRoot(), 'test/cni');

/** What a runtime gets. */
export interface Called {
  exitCode: number | undefined;
  /** What stands on standard output, as JSON; undefined: nothing. */
  // biome-ignore lint/suspicious/noExplicitAny: as a runtime gets it, to be looked at by tests
  answer: any;
}

/** Variables of a call; what is undefined is not there. */
export type Variables = Record<string, string | undefined>;

/** `folder`: the stand-in's, and that of the settings. */
export async function call(
  command: string,
  config: object | string,
  env: Variables = {},
  folder = '/',
): Promise<Called> {
  const { stderr, ...called } = await callPlugin(PROGRAM, command, config, env, folder);
  if (stderr !== '') throw new Error(stderr);
  return called;
}

/** The same of another plugin, which may have a log there. */
export async function callPlugin(
  program: string,
  command: string,
  config: object | string,
  env: Variables,
  folder: string,
): Promise<Called & { stderr: string }> {
  const variables = {
    ...{ PATH: process.env.PATH, CNI_COMMAND: command, CNI_PATH: `relative:/nowhere:${FOLDER}` },
    ...{ STAND_IN: folder, VMLANE_SETTINGS: folder, ...env },
  };
  const { exitCode, stdout, stderr } = await execa(program, [], {
    env: variables,
    extendEnv: false,
    input: typeof config === 'string' ? config : JSON.stringify(config),
    reject: false,
  });
  return { exitCode, stderr, answer: stdout === '' ? undefined : JSON.parse(stdout) };
}

/** What the stand-in answers to a command; `fails`: with an error. */
export function answers(folder: string, command: string, result: object, fails = false): void {
  writeFileSync(join(folder, command), JSON.stringify(result));
  const file = join(folder, `${command}.fails`);
  if (fails) writeFileSync(file, '');
  else rmSync(file, { force: true });
}

/** Its calls so far. */
export function callsOf(folder: string): string[] {
  const file = join(folder, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}
