import { VLAN } from '../../../contract/bounds.js';
import { reachableUri } from '../../../libvirt/uri.js';
import { GUEST_FOLDER } from '../../../values/socket-path.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, integer, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';
import { withHost } from './host.js';

/** `vmlane domain attach` */
export const domainAttach = command({
  path: ['domain', 'attach'],
  summary: 'Plug a NIC on the switch into a running guest',
  positionals: { NAME: { describe: "the domain's name", names: 'domain' } },
  options: {
    ...connectOption,
    mac: text('mac', 'Address of the NIC [default: a random one]'),
    queues: integer('queues', 1, 128, 'Queue pairs [default: 1]'),
    vlan: integer('vlan', VLAN.min, VLAN.max, 'VLAN of its port; 0: none [default: 0]'),
    network: text(
      'network',
      "The switch's network that it comes into, such as 'vmlane network list' shows, instead of a VLAN",
      'network',
    ),
    'other-macs': flag('Its guest may send from other addresses than its MAC, too'),
    'socket-dir': text(
      'socket-dir',
      `Folder of guests' folders of sockets [default: ${GUEST_FOLDER}]`,
      'file',
    ),
    persistent: flag("Put it into the domain's definition, too"),
    ...controlSocket,
    'dry-run': flag('Show what would be done, change nothing'),
    json,
  },
  examples: [
    ['domain attach web1', 'add a port and plug a NIC in'],
    ['domain attach web1 --network default --persistent', "a NIC in the switch's network default"],
    ['domain attach web1 --mac 52:54:00:12:34:57 --vlan 100 --queues 2', 'a NIC of this kind'],
  ],
  async run({ NAME, connect, json: asJson, ...values }, io) {
    const { plugNic } = await import('../../../guests/plug.js');
    const { absoluteSocketPath } = await import('../../../switch/paths.js');
    const request = {
      ...{ mac: values.mac, queues: values.queues, vlan: values.vlan },
      network: values.network,
      pinned: !values['other-macs'],
      socketDir: absoluteSocketPath(values['socket-dir'] ?? GUEST_FOLDER),
    };
    const uri = reachableUri(connect, values['control-socket'], io.env);
    return withHost(
      { connect: uri, 'control-socket': values['control-socket'] },
      io,
      async (host) => {
        const options = { persistent: values.persistent, dryRun: values['dry-run'] };
        const { changed, present, mac, port } = await plugNic(host, NAME, request, options);
        const would = present ? 'is already' : changed ? 'plugged in' : 'would be plugged in';
        say(io, `${NAME}: NIC ${mac} ${would} at ${port.path}`);
        if (asJson) printJson(io, { name: NAME, changed, mac, path: port.path });
        return 0;
      },
    );
  },
});
