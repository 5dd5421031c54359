import { Failed } from '../../../values/errors.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from '../switch/client.js';
import { socketPath, vhostPath } from './common.js';
import { needed } from './needed.js';

/** `vmlane relay query` */
export const relayQuery = command({
  path: ['relay', 'query'],
  summary: 'Print the device behind a socket',
  positionals: {},
  options: { ...controlSocket, 'vhost-path': vhostPath, json },
  examples: [
    ['relay query --vhost-path /run/vmlane/guests/3/0.sock', "the VF's PCI address, for a script"],
  ],
  async run(values, io) {
    const path = needed('query', values['vhost-path'], '--vhost-path');
    socketPath('--vhost-path', path);
    return withSwitch(values['control-socket'], io, async (client) => {
      const { behind, relayAt, relaysOf } = await import('../../../relays/index.js');
      const relay = relayAt(relaysOf(await client.ports()), path);
      const device = behind(relay, path);
      if (device === null) {
        const problem = `relay ${relay.name} has no device`;
        const remedy = `give it one: vmlane relay add ${relay.name} --device DEVICE --path ${path}`;
        throw new Failed({ thing: path, problem, remedy });
      }
      if (values.json) printJson(io, { name: relay.name, device, socket: path });
      else io.out(`${device}\n`);
      return 0;
    });
  },
});
