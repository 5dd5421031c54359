/** The plugin that gives addresses: called as this one was, as the specification has it ("delegated plugins"). */
import { execa } from 'execa';
import * as z from 'zod';
import { oneLine } from '../../values/plain.js';
import { quote } from '../../values/problems.js';
import type { Command } from '../call/environment.js';
import { CniError, CODE, DelegateError } from '../call/error.js';
import { NOTHING, type Result, readResult } from '../call/result.js';

/** Longer than a DHCP server takes; a runtime has its own limit. */
const DEADLINE_MS = 60_000;
/** Of what a plugin may say. */
const ANSWER_MAX = 1024 * 1024;

const said = z.object({ code: z.int(), msg: z.string(), details: z.string().optional() });

/** How plugins are found and called. */
export interface Delegation {
  /** Absolute. */
  folders: readonly string[];
  /** The configuration, as it came. */
  text: string;
}

/** `command` by the plugin of this name; without a name nothing is done. @throws CniError */
export async function delegate(
  name: string | undefined,
  command: Command,
  { folders, text }: Delegation,
): Promise<Result> {
  if (name === undefined) return NOTHING;
  const whose = `ipam ${name}`;
  for (const folder of folders) {
    const ran = await execa(`${folder}/${name}`, [], {
      env: { CNI_COMMAND: command },
      input: text,
      reject: false,
      timeout: DEADLINE_MS,
      maxBuffer: ANSWER_MAX,
      stderr: 'ignore',
    });
    if (ran.code === 'ENOENT' || ran.code === 'ENOTDIR') continue;
    if (ran.exitCode !== 0) throw failure(whose, ran.stdout ?? '', ran.shortMessage ?? '');
    return command === 'ADD' ? readResult(json(ran.stdout ?? '', whose), whose) : NOTHING;
  }
  const where = folders.length > 0 ? `in ${folders.join(', ')}` : 'as CNI_PATH has no folder';
  const trouble = {
    thing: whose,
    problem: `there is no such plugin ${where}`,
    remedy: 'install it',
  };
  throw new CniError(CODE.config, trouble);
}

function json(text: string, whose: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = `its result is not JSON: ${quote(text)}`;
    throw new CniError(CODE.notJson, { thing: whose, problem, remedy: '' }, { cause });
  }
}

/** With the plugin's own code, which the runtime may know. */
function failure(whose: string, stdout: string, message: string): CniError {
  try {
    const { code, msg, details } = said.parse(JSON.parse(stdout));
    return new DelegateError(code, { thing: whose, problem: oneLine(msg), remedy: details ?? '' });
  } catch {
    const problem = `failed without saying why (${message.split('\n')[0]})`;
    return new CniError(CODE.failed, { thing: whose, problem, remedy: 'call it by hand' });
  }
}
