import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, integer } from '../../options.js';
import { offOptions, turnOff } from './off.js';

const DEFAULT_TIMEOUT_S = 60;

/** `vmlane domain stop` */
export const domainStop = command({
  path: ['domain', 'stop'],
  summary: 'Shut a guest down and wait until it is off; its ports leave the switch',
  positionals: { NAME: { describe: "the domain's name" } },
  options: {
    timeout: integer(
      'timeout',
      1,
      86_400,
      `Seconds that the guest may take [default: ${DEFAULT_TIMEOUT_S}]`,
    ),
    force: flag('Take its power off if it is not off by then'),
    ...offOptions,
  },
  examples: [
    ['domain stop web1', 'ask it to shut down, wait'],
    ['domain stop web1 --timeout 20 --force', 'power off after 20 seconds at the latest'],
    ['domain stop web1 --keep-ports', 'its ports stay as they are'],
  ],
  async run({ timeout = DEFAULT_TIMEOUT_S, force = false, ...values }, io) {
    const { stopDomain } = await import('../../../guests/stop.js');
    const would = `would be asked to shut down${force ? ', then lose its power' : ''}`;
    return turnOff(values, io, would, (libvirt) =>
      stopDomain(libvirt, values.NAME, {
        ...{ timeoutMs: timeout * 1000, force },
        say: (text) => say(io, text),
      }),
    );
  },
});
