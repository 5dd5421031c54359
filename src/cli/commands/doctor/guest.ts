import type { Diagnosed } from '../../../guests/index.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { plain, printJson } from '../../output.js';
import { withHost } from '../domain/host.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';

/** Something is wrong. */
const WRONG = 1;

/** `vmlane doctor` */
export const doctorGuest = command({
  path: ['doctor', 'guest'],
  summary:
    'Why has a guest no network? From its definition to the wire, the first thing that is wrong',
  positionals: { NAME: { describe: "the domain's name", names: 'domain' } },
  options: { ...connectOption, ...controlSocket, json },
  examples: [
    ['doctor web1', 'what is right, and the first thing that is wrong; takes three seconds'],
    ['doctor web1 --json', 'the same for a program; exit code 1 if something is wrong'],
  ],
  manual: async () => (await import('./guest-manual.js')).manual,
  async run({ NAME, json: asJson, ...values }, io) {
    const { diagnoseGuest } = await import('../../../guests/doctor/index.js');
    const found = await withHost(values, io, (host) => diagnoseGuest(host, NAME));
    if (asJson) printJson(io, { guest: NAME, steps: found.map((one) => ({ ...one })) });
    else for (const one of found) io.out(lineOf(one));
    return found.every(({ ok }) => ok) ? 0 : WRONG;
  },
});

function lineOf({ step, nic, ok, says, remedy }: Diagnosed): string {
  const where = nic === null ? step : `NIC ${nic}, ${step}`;
  const lines = ok
    ? [`ok     ${where}: ${says}`]
    : [`WRONG  ${where}: ${says}`, `       ${remedy}`];
  return `${lines.map(plain).join('\n')}\n`;
}
