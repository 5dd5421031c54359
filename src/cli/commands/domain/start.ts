import { command } from '../../command.js';
import { say } from '../../io.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';
import { withHost } from './host.js';

/** `vmlane domain start` */
export const domainStart = command({
  path: ['domain', 'start'],
  summary: 'Register the vhost-user NICs of a guest with the switch, then start it',
  positionals: { NAME: { describe: "the domain's name", names: 'domain' } },
  options: {
    ...connectOption,
    ...controlSocket,
    json,
  },
  examples: [
    ['domain start web1', 'register its ports, then start it'],
    ['domain start web1 --control-socket /run/lane2/switch.sock', 'on another switch of this host'],
  ],
  async run({ NAME, json: asJson, ...values }, io) {
    const { startGuest } = await import('../../../guests/start.js');
    return withHost(values, io, async (host) => {
      const { changed, ports } = await startGuest(host, NAME);
      for (const { port } of ports)
        say(io, `port ${port.name} at ${port.path} (listener ${port.listener})`);
      say(io, changed ? `started ${NAME}` : `${NAME} is already running`);
      if (asJson) {
        const described = ports.map((one) => ({ changed: one.changed, ...one.port }));
        printJson(io, { name: NAME, uri: host.uri, changed, ports: described });
      }
      return 0;
    });
  },
});
