import type { PortChange } from '../../../switch/index.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { integer, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

/** `vmlane switch change` */
export const switchChange = command({
  path: ['switch', 'change'],
  summary: "Change a port's settings while its guest runs",
  positionals: { NAME: { describe: "the port's name" } },
  options: {
    ...controlSocket,
    vlan: integer('vlan', 0, 4094, 'VLAN of the port; 0: none'),
    mac: text('mac', 'The only source address that is let in; none: any'),
    'address-limit': integer('address-limit', 1, 65_536, 'Addresses that may be learned here'),
    'flood-limit': integer('flood-limit', 0, 100_000_000, 'Flooded frames a second; 0: any'),
    lcore: integer('lcore', 0, 127, 'The forwarding core that polls it (see switch info)'),
    json,
  },
  examples: [
    ['switch change web1.0 --vlan 100', 'move a guest to another VLAN'],
    ['switch change web1.0 --mac 52:54:00:12:34:56', 'no other source address may be used'],
    ['switch change web1.0 --lcore 1', 'let another core poll it'],
  ],
  async run({ NAME, ...values }, io) {
    const change: PortChange = { name: NAME };
    if (values.vlan !== undefined) change.vlan = values.vlan;
    if (values.mac !== undefined) change.mac = values.mac === 'none' ? null : values.mac;
    if (values['address-limit'] !== undefined) change.address_limit = values['address-limit'];
    if (values['flood-limit'] !== undefined) change.flood_limit = values['flood-limit'];
    if (values.lcore !== undefined) change.lcore = values.lcore;
    const { changed, port } = await withSwitch(values['control-socket'], io, (client) =>
      client.setPort(change),
    );
    say(io, `port ${port.name} ${changed ? 'changed' : 'is so already'}`);
    if (values.json) printJson(io, { changed, ...port });
    return 0;
  },
});
