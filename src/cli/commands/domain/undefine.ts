import { libvirtUri } from '../../../libvirt/uri.js';
import { Failed, InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, json } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption, withLibvirt } from '../libvirt.js';
import { domainInfo } from './off.js';

/** `vmlane domain undefine` */
export const domainUndefine = command({
  path: ['domain', 'undefine'],
  summary: "Remove a guest's definition; its disks stay",
  positionals: { NAME: { describe: "the domain's name" } },
  options: {
    running: flag('Also when it runs: it goes on, and is gone when it stops'),
    nvram: flag('Delete its UEFI variables, too'),
    'keep-nvram': flag('Keep its UEFI variables'),
    ...connectOption,
    'dry-run': flag('Say what would be done, and do nothing'),
    json,
  },
  examples: [
    ['domain undefine web1', 'a guest that is off'],
    ['domain undefine web1 --nvram', 'one with UEFI: its variables go, too'],
  ],
  async run({ NAME, connect, json: asJson, running, nvram, ...values }, io) {
    const keep = values['keep-nvram'];
    if (nvram && keep) {
      const problem = 'has no meaning with --keep-nvram';
      throw new InvalidInput({ thing: '--nvram', problem, remedy: 'give one of them' });
    }
    const uri = libvirtUri(connect, io.env);
    const dryRun = values['dry-run'];
    return withLibvirt(uri, async (libvirt) => {
      const { state, persistent } = await domainInfo(libvirt, NAME);
      if (!persistent) {
        const problem = 'it has no definition: it is gone when it stops';
        throw new Failed({
          thing: `domain ${NAME}`,
          problem,
          remedy: `vmlane domain stop ${NAME}`,
        });
      }
      if (state !== 'shut off' && !running) {
        throw new Failed({
          thing: `domain ${NAME}`,
          problem: `it is not off: ${state}`,
          remedy: "'vmlane domain stop' it first; with --running it goes on without a definition",
        });
      }
      if (!dryRun) await libvirt.undefine(NAME, nvram ? 'remove' : keep ? 'keep' : undefined);
      const done = dryRun ? 'would be removed' : 'is removed';
      const until = state === 'shut off' ? '' : `; it goes on until it stops (${state})`;
      say(io, `${NAME}: its definition ${done}${until}`);
      if (asJson) printJson(io, { name: NAME, uri, changed: !dryRun, state });
      return 0;
    });
  },
});
