import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withPort, withSwitch } from './client.js';

/** `vmlane switch mirror` */
export const switchMirror = command({
  path: ['switch', 'mirror'],
  summary: "Copy a port's frames to a pcap file, or stop copying",
  positionals: { NAME: { describe: "the port's name" } },
  options: {
    ...controlSocket,
    file: text('file', 'Copy into this new file until interrupted'),
    force: flag('Replace the file of --file'),
    start: flag("Copy into a file of the switch's, until that is stopped"),
    stop: flag('Stop copying'),
    json,
  },
  examples: [
    ['switch mirror web1.0 --file /tmp/web1.pcap', 'both directions, for tcpdump -r or Wireshark'],
    ['switch mirror web1.0 --start', 'in the background; the switch names the file'],
    ['switch mirror web1.0 --stop', 'end it'],
  ],
  async run({ NAME, file, force, start, stop, ...values }, io) {
    if ([file !== undefined, start, stop].filter(Boolean).length !== 1) {
      const problem = 'it is not clear what is to be done';
      const remedy = 'give one of --file, --start, --stop';
      throw new InvalidInput({ thing: 'vmlane switch mirror', problem, remedy });
    }
    return withSwitch(values['control-socket'], io, async (client) => {
      if (file !== undefined) {
        const { capture } = await import('../../../switch/capture.js');
        say(io, `port ${NAME}: frames go to ${file} until this is interrupted`);
        const signal = io.interrupted();
        const { bytes, asked } = await withPort(client, NAME, () =>
          capture(client, NAME, file, { force, signal }),
        );
        if (!asked) say(io, 'the switch ended it: its file is full (capture-size), or see its log');
        if (values.json) printJson(io, { file, bytes });
        return asked ? 0 : 1;
      }
      const { changed, port } = await withPort(client, NAME, () =>
        client.mirrorPort(NAME, start === true),
      );
      const state = port.mirror
        ? `is mirrored to ${port.mirror} until that is stopped or the switch restarts`
        : 'is not mirrored';
      say(io, `port ${port.name} ${state}${changed ? '' : ' (unchanged)'}`);
      if (values.json) printJson(io, { changed, ...port });
      return 0;
    });
  },
});
