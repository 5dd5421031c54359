import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, integer } from '../../options.js';
import { withHost } from './host.js';
import { offOptions, printOff } from './off.js';

const DEFAULT_TIMEOUT_S = 60;

/** `vmlane domain stop` */
export const domainStop = command({
  path: ['domain', 'stop'],
  summary: 'Shut a guest down and wait until it is off; its ports leave the switch',
  positionals: { NAME: { describe: "the domain's name", names: 'domain' } },
  options: {
    timeout: integer(
      'timeout',
      1,
      86_400,
      `Seconds that the guest may take [default: ${DEFAULT_TIMEOUT_S}]`,
    ),
    force: flag('Power it off if it is not off by then'),
    ...offOptions,
  },
  examples: [
    ['domain stop web1', 'ask it to shut down, wait'],
    ['domain stop web1 --timeout 20 --force', 'power off after 20 seconds at the latest'],
    ['domain stop web1 --keep-ports', 'its ports stay as they are'],
  ],
  async run({ NAME, timeout = DEFAULT_TIMEOUT_S, force = false, ...values }, io) {
    const { stopGuest } = await import('../../../guests/stop.js');
    return withHost(values, io, async (host) => {
      const stopped = await stopGuest(host, NAME, {
        ...{ timeoutMs: timeout * 1000, force, tell: (line) => say(io, line) },
        ...{ keepPorts: values['keep-ports'], dryRun: values['dry-run'] },
      });
      return printOff(io, values.json, { name: NAME, uri: host.uri, ...stopped });
    });
  },
});
