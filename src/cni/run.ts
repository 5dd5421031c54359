/** One call: variables and standard input to what stands on standard output, and the exit code. */
import { InvalidInput } from '../values/errors.js';
import { type Config, readConfig, versionIn } from './call/config.js';
import { type Command, commandOf, pluginFolders, subjectOf } from './call/environment.js';
import { asCniError, CniError, CODE, errorObject } from './call/error.js';
import { checkPaths, checkPort } from './call/offer.js';
import { resultObject } from './call/result.js';
import { isFrom11, NEWEST, versions } from './call/version.js';
import { add, type Present } from './operations/add.js';
import { check } from './operations/check.js';
import { del, gc } from './operations/remove.js';
import { status } from './operations/status.js';
import type { Delegation } from './parts/ipam.js';

/** What a runtime sees of a call. */
export interface Answer {
  /** Empty, or an object with its newline. */
  text: string;
  exitCode: 0 | 1;
}

/** Never rejects. `readInput` reads the configuration. */
export async function answer(
  env: NodeJS.ProcessEnv,
  readInput: () => Promise<string>,
): Promise<Answer> {
  let input = '';
  try {
    const command = commandOf(env);
    if (command === 'VERSION') return { text: line(versions()), exitCode: 0 };
    input = await readInput();
    const found = await carryOut(command, readConfig(input), env);
    return { text: found ? line(found) : '', exitCode: 0 };
  } catch (error) {
    // What the switch or this host refuses is in the configuration.
    const code = error instanceof InvalidInput ? CODE.config : CODE.failed;
    const object = errorObject(asCniError(error, code), versionIn(input) ?? NEWEST);
    return { text: line(object), exitCode: 1 };
  }
}

async function carryOut(
  command: Exclude<Command, 'VERSION'>,
  config: Config,
  env: NodeJS.ProcessEnv,
): Promise<object | undefined> {
  const delegation: Delegation = { folders: pluginFolders(env), text: config.text };
  checkPaths(config, env);
  switch (command) {
    case 'STATUS':
    case 'GC':
      mustKnow(command, config);
      if (command === 'STATUS') checkPort(config, undefined, env);
      await (command === 'STATUS' ? status : gc)(config, delegation);
      return undefined;
    case 'DEL':
      await del(config, subjectOf(env, config.interfaceName, false), delegation);
      return undefined;
    default: {
      const subject = subjectOf(env, config.interfaceName, true) as Present;
      if (command === 'CHECK') {
        await check(config, subject, delegation);
        return undefined;
      }
      checkPort(config, subject.mac, env);
      return resultObject(await add(config, subject, delegation), config.cniVersion);
    }
  }
}

/** @throws CniError */
function mustKnow(command: Command, { cniVersion }: Config): void {
  if (isFrom11(cniVersion)) return;
  const problem = `version ${cniVersion} has no ${command}`;
  const remedy = 'give cniVersion 1.1.0';
  throw new CniError(CODE.version, { thing: 'cniVersion', problem, remedy });
}

function line(object: object): string {
  return `${JSON.stringify(object)}\n`;
}
