import { resolve } from 'node:path';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

/** `vmlane switch mirror` */
export const switchMirror = command({
  path: ['switch', 'mirror'],
  summary: "Copy a port's frames to a pcap file, or stop that",
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
    // The switch has a working directory of its own.
    const path = file === undefined ? undefined : resolve(file);
    const { changed, port } = await withSwitch(values['control-socket'], io, (client) =>
      client.mirrorPort(NAME, path),
    );
    const state = port.mirror ? `is mirrored to ${port.mirror}` : 'is not mirrored';
    say(io, `port ${port.name} ${state}${changed ? '' : ' already'}`);
    if (values.json) printJson(io, { changed, ...port });
    return 0;
  },
});
