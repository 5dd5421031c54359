import { command } from '../../command.js';
import { say } from '../../io.js';
import { withHost } from './host.js';
import { offOptions, printOff } from './off.js';

/** `vmlane domain destroy` */
export const domainDestroy = command({
  path: ['domain', 'destroy'],
  summary: 'Power a guest off at once; its ports leave the switch',
  positionals: { NAME: { describe: "the domain's name", names: 'domain' } },
  options: offOptions,
  examples: [
    ['domain destroy web1', 'what is not on its disks is lost; its definition stays'],
    ['domain destroy web1 --dry-run', 'show what would be done'],
  ],
  async run({ NAME, ...values }, io) {
    const { destroyGuest } = await import('../../../guests/stop.js');
    return withHost(values, io, async (host) => {
      const stopped = await destroyGuest(host, NAME, {
        ...{ tell: (line) => say(io, line) },
        ...{ keepPorts: values['keep-ports'], dryRun: values['dry-run'] },
      });
      return printOff(io, values.json, { name: NAME, uri: host.uri, ...stopped });
    });
  },
});
