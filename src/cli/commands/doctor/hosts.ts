/** `vmlane doctor NAME --host` */
import type { Diagnosed } from '../../../guests/doctor/index.js';
import type { HostFailed } from '../../../inventory/answer.js';
import { stepsIn } from '../../../inventory/doctor.js';
import { type PassedOn, plainWord, wordsThere } from '../../../inventory/words.js';
import { InvalidInput } from '../../../values/errors.js';
import { askAll, failedOf, hostErrorJson, reportHosts } from '../../hosts.js';
import { type Io, say } from '../../io.js';
import { plain, printJson } from '../../output.js';

/**
 * The guest on each of the hosts that has it: it runs on one, and may be defined on others. That a host does not have
 * it is no failure, unless none has it.
 */
export async function doctorOfHosts(
  hosts: string,
  guest: string,
  values: PassedOn & { json?: boolean | undefined },
  linesOf: (one: Diagnosed) => string[],
  io: Io,
): Promise<number> {
  const words = wordsThere(['doctor', 'guest', plainWord(guest, 'NAME')], values);
  const answers = await askAll(hosts, words, stepsIn, io);
  const failed = failedOf(answers);
  const hasNone = failed.filter((one) => lacks(one, guest));
  if (hasNone.length === answers.length) {
    const problem = `none of ${hosts} has it`;
    const remedy = "'vmlane domain list' lists a host's guests";
    throw new InvalidInput({ thing: `domain ${guest}`, problem, remedy });
  }
  const found = answers.flatMap((answer) => (answer.failed ? [] : [answer]));
  if (values.json) {
    const all = answers.map(({ host, ...answer }) => {
      if (answer.failed) return hostErrorJson(answer.failed);
      return { host, steps: answer.value.map((one) => ({ ...one })) };
    });
    printJson(io, { guest, hosts: all });
  } else {
    for (const { host, value } of found)
      for (const line of value.flatMap(linesOf)) io.out(`${plain(`${host}: ${line}`)}\n`);
    for (const { message } of hasNone) say(io, message);
  }
  const status = reportHosts(
    failed.filter((one) => !hasNone.includes(one)),
    values.json,
    io,
  );
  return found.every(({ value }) => value.every(({ ok }) => ok)) ? status : 1;
}

function lacks({ said }: HostFailed, guest: string): boolean {
  return said?.exitCode === 2 && said.thing === `domain ${guest}`;
}
