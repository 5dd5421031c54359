import { resolve } from 'node:path';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withPort, withSwitch } from './client.js';

/** `vmlane switch mirror` */
export const switchMirror = command({
  path: ['switch', 'mirror'],
  summary: "Copy a port's frames to a pcap file, or stop copying",
  positionals: { NAME: { describe: "the port's name" } },
  options: {
    ...controlSocket,
    file: text('file', 'pcap file, created or emptied; without it mirroring ends'),
    json,
  },
  examples: [
    ['switch mirror web1.0 --file /tmp/web1.pcap', 'both directions, for tcpdump -r or Wireshark'],
    ['switch mirror web1.0', 'end it'],
  ],
  async run({ NAME, file, ...values }, io) {
    if (file === '-') {
      const problem = 'the switch writes the file, it cannot write to standard output';
      throw new InvalidInput({ thing: '--file -', problem, remedy: 'name a file' });
    }
    // The switch has a working directory of its own.
    const path = file === undefined ? undefined : resolve(file);
    const { changed, port } = await withSwitch(values['control-socket'], io, (client) =>
      withPort(client, NAME, () => client.mirrorPort(NAME, path)),
    );
    const state = port.mirror
      ? `is mirrored to ${port.mirror} until that is ended or the switch restarts`
      : 'is not mirrored';
    say(io, `port ${port.name} ${state}${changed ? '' : ' (unchanged)'}`);
    if (values.json) printJson(io, { changed, ...port });
    return 0;
  },
});
