import type { Diagnosed } from '../../../guests/index.js';
import { command } from '../../command.js';
import { hostOption } from '../../host-option.js';
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
  options: { ...connectOption, ...controlSocket, ...hostOption, json },
  examples: [
    ['doctor web1', 'what is right, and the first thing that is wrong; takes three seconds'],
    ['doctor web1 --json', 'the same for a program; exit code 1 if something is wrong'],
    ['doctor web1 --host hosta,hostb', 'on those of these hosts that have it'],
  ],
  manual: async () => (await import('./guest-manual.js')).manual,
  async run({ NAME, host: hosts, json: asJson, ...values }, io) {
    if (hosts !== undefined) {
      const { doctorOfHosts } = await import('./hosts.js');
      return doctorOfHosts(hosts, NAME, { ...values, json: asJson }, linesOf, io);
    }
    const { diagnoseGuest } = await import('../../../guests/doctor/index.js');
    const found = await withHost(values, io, (host) => diagnoseGuest(host, NAME));
    if (asJson) printJson(io, { guest: NAME, steps: found.map((one) => ({ ...one })) });
    else for (const line of found.flatMap(linesOf)) io.out(`${plain(line)}\n`);
    return found.every(({ ok }) => ok) ? 0 : WRONG;
  },
});

function linesOf({ step, nic, ok, says, remedy }: Diagnosed): string[] {
  const where = nic === null ? step : `NIC ${nic}, ${step}`;
  return ok ? [`ok     ${where}: ${says}`] : [`WRONG  ${where}: ${says}`, `       ${remedy}`];
}
