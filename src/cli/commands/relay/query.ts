import { Failed } from '../../../values/errors.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from '../switch/client.js';
import { socketPath, vhostPath } from './common.js';
import { needed } from './needed.js';
import { plain } from './tell.js';

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
      const { relayAt, relaysOf, viewRelays } = await import('../../../relays/index.js');
      const [ports, { devices = [] }] = [await client.ports(), await client.info()];
      const { name } = relayAt(relaysOf(ports), path);
      const view = viewRelays(ports, devices).find((relay) => relay.name === name);
      if (!view?.device) {
        const problem = `relay ${name} has no device`;
        const remedy = `give it one: vmlane relay add ${name} --device DEVICE --path ${path}`;
        throw new Failed({ thing: path, problem, remedy });
      }
      if (values.json) printJson(io, plain(view));
      else io.out(`${view.device}\n`);
      return 0;
    });
  },
});
