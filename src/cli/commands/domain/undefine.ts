import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, json } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';
import { withHost } from './host.js';

/** `vmlane domain undefine` */
export const domainUndefine = command({
  path: ['domain', 'undefine'],
  summary: "Remove a guest's definition, and its ports; its disks stay",
  positionals: { NAME: { describe: "the domain's name", names: 'domain' } },
  options: {
    running: flag('Also if it runs: it becomes transient, and is gone when it stops'),
    nvram: flag('Delete its UEFI variables, too'),
    'keep-nvram': flag('Keep its UEFI variables'),
    ...connectOption,
    ...controlSocket,
    'dry-run': flag('Show what would be done, change nothing'),
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
    const { undefineGuest } = await import('../../../guests/undefine.js');
    return withHost({ connect, 'control-socket': values['control-socket'] }, io, async (host) => {
      const { changed, state, ports } = await undefineGuest(host, NAME, {
        ...{ running, dryRun: values['dry-run'], tell: (line) => say(io, line) },
        nvram: nvram ? 'remove' : keep ? 'keep' : undefined,
      });
      if (asJson) printJson(io, { name: NAME, uri: host.uri, changed, state, ports: { ...ports } });
      return 0;
    });
  },
});
