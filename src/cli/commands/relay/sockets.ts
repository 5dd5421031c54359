import { command } from '../../command.js';
import { say } from '../../io.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from '../switch/client.js';
import {
  changing,
  deviceOptions,
  givenDevice,
  givenName,
  linkOption,
  listenerOption,
  NAME,
  perform,
  socketPath,
  vhostPath,
  virtioId,
} from './common.js';
import { needed } from './needed.js';
import { tellCommands, tellRelay } from './tell.js';

/** `vmlane relay add-socket` */
export const relayAddSocket = command({
  path: ['relay', 'add-socket'],
  summary: "Give a relay its guest's socket; the device stays as it is",
  positionals: {},
  optional: { NAME },
  options: {
    ...controlSocket,
    ...virtioId,
    ...deviceOptions,
    'vhost-path': vhostPath,
    ...listenerOption,
    ...linkOption,
    ...changing,
    json,
  },
  examples: [
    [
      'relay add-socket 3 --vhost-path /run/vmlane/guests/web1/0.sock',
      'the guest of that socket gets the device of relay 3',
    ],
    [
      'relay add-socket --pci-addr 01:10.0 --vhost-path /srv/a.sock',
      'the relay of this device, whatever its name',
    ],
  ],
  async run(values, io) {
    const path = needed('add-socket', values['vhost-path'], '--vhost-path');
    socketPath('--vhost-path', path);
    const by = { name: givenName(values), device: givenDevice(values) };
    needed('add-socket', by.name ?? by.device, 'NAME');
    const { listener, link, conditional } = values;
    return withSwitch(values['control-socket'], io, async (client) => {
      const { planRelay, relayForSocket } = await import('../../../relays/index.js');
      const { name } = relayForSocket(await client.ports(), by);
      const plan = async () =>
        planRelay(await client.ports(), [], { name, path, listener, link, conditional });
      const done = await perform(client, plan, values['dry-run'], io);
      return tellRelay(client, name, done, values, io);
    });
  },
});

/** `vmlane relay remove-socket` */
export const relayRemoveSocket = command({
  path: ['relay', 'remove-socket'],
  summary: "Take a relay's socket away; its device stays open for the next guest",
  positionals: {},
  options: { ...controlSocket, 'vhost-path': vhostPath, ...changing, json },
  examples: [
    ['relay remove-socket --vhost-path /run/vmlane/guests/web1/0.sock', 'whatever relay it is of'],
  ],
  async run(values, io) {
    const path = needed('remove-socket', values['vhost-path'], '--vhost-path');
    socketPath('--vhost-path', path);
    return withSwitch(values['control-socket'], io, async (client) => {
      const { planSocketRemoval } = await import('../../../relays/index.js');
      const plan = async () => planSocketRemoval(await client.ports(), path, values.conditional);
      const done = await perform(client, plan, values['dry-run'], io);
      if (values['dry-run']) return tellCommands(path, done, values, io);
      say(io, done.changed ? `socket ${path} removed` : `no relay has the socket ${path}`);
      if (values.json) printJson(io, { changed: done.changed, socket: path });
      return 0;
    });
  },
});
