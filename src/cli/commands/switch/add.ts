import type { PortRequest } from '../../../switch/index.js';
import { absoluteSocketPath } from '../../../switch/paths.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { choice, integer, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

/** `vmlane switch add` */
export const switchAdd = command({
  path: ['switch', 'add'],
  summary: 'Add a port; its guest may come later',
  positionals: { NAME: { describe: "the port's name: 1 to 63 of A-Z a-z 0-9 . _ : -" } },
  options: {
    ...controlSocket,
    path: { ...text('path', 'vhost-user socket of the port'), demandOption: true },
    mode: choice(
      'mode',
      ['client', 'server'],
      'client: the switch dials, QEMU listens; server: the other way round [default: client]',
    ),
    vlan: integer('vlan', 0, 4094, 'VLAN of the port; 0: none [default: 0]'),
    mac: text('mac', 'The only source address that is let in [default: any]'),
    'address-limit': integer('address-limit', 1, 65_536, 'Addresses that may be learned here'),
    'flood-limit': integer('flood-limit', 0, 100_000_000, 'Flooded frames a second; 0: any'),
    json,
  },
  examples: [
    ['switch add web1.0 --path /run/vmlane/web1.0.sock', 'the switch dials, QEMU listens'],
    ['switch add web1.0 --path /run/vmlane/web1.0.sock --vlan 100', 'a port in VLAN 100'],
    ['switch add old --path /run/vmlane/old.sock --mode server', 'for a QEMU that dials'],
  ],
  async run({ NAME, path, mode, vlan, ...values }, io) {
    const request: PortRequest = { name: NAME, path: absoluteSocketPath(path) };
    if (mode !== undefined) request.mode = mode;
    if (vlan !== undefined) request.vlan = vlan;
    if (values.mac !== undefined) request.mac = values.mac;
    if (values['address-limit'] !== undefined) request.address_limit = values['address-limit'];
    if (values['flood-limit'] !== undefined) request.flood_limit = values['flood-limit'];
    const { changed, port } = await withSwitch(values['control-socket'], io, (client) =>
      client.addPort(request),
    );
    const where = `${port.path} (${port.mode}${port.vlan === 0 ? '' : `, VLAN ${port.vlan}`})`;
    say(
      io,
      changed ? `port ${port.name} added at ${where}` : `port ${port.name} is already at ${where}`,
    );
    if (values.json) printJson(io, { changed, ...port });
    return 0;
  },
});
