import { command } from '../../command.js';
import { say } from '../../io.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from '../switch/client.js';
import {
  changing,
  deviceOptions,
  givenDevice,
  NAME,
  neededName,
  perform,
  virtioId,
} from './common.js';
import { tellCommands } from './tell.js';

/** `vmlane relay remove` */
export const relayRemove = command({
  path: ['relay', 'remove'],
  summary:
    'Remove a relay: the guest keeps its NIC and loses its network; a VF stays with the switch',
  positionals: {},
  optional: { NAME },
  options: { ...controlSocket, ...virtioId, ...deviceOptions, ...changing, json },
  examples: [
    ['relay remove 3', "both ports; the guest's first"],
    ['relay remove 3 --pci-addr 01:10.0', 'only if that is its device'],
    ['relay remove 3 --conditional', 'for scripts: gone afterwards, whatever was before'],
  ],
  async run(values, io) {
    const name = neededName('remove', values);
    const wish = { name, device: givenDevice(values), conditional: values.conditional };
    return withSwitch(values['control-socket'], io, async (client) => {
      const { planRemoval } = await import('../../../relays/index.js');
      const plan = async () => planRemoval(await client.ports(), wish);
      const done = await perform(client, plan, values['dry-run'], io);
      if (values['dry-run']) return tellCommands(name, done, values, io);
      say(io, done.changed ? `relay ${name} removed` : `there is no relay ${name}`);
      if (values.json) printJson(io, { changed: done.changed, name });
      return 0;
    });
  },
});
