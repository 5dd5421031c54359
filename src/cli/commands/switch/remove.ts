import { controlSocketPath } from '../../../switch/paths.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, portOf, withSwitch } from './client.js';

/** `vmlane switch remove` */
export const switchRemove = command({
  path: ['switch', 'remove'],
  summary: 'Remove a port; a guest on it keeps its NIC and loses its network, an interface goes',
  positionals: {
    NAME: { describe: "the port's name, as 'vmlane switch ports' shows it", names: 'port' },
  },
  options: {
    ...controlSocket,
    'if-exists': flag('Succeed if the port does not exist'),
    json,
  },
  examples: [
    ['switch remove web1.0', 'remove the port, and the addresses learned behind it'],
    ['switch remove web1.0 --if-exists', 'for scripts: gone afterwards, whatever was before'],
  ],
  async run({ NAME, ...values }, io) {
    const socket = controlSocketPath(values['control-socket'], io.env);
    const changed = await withSwitch(socket, io, async (client) => {
      const { inNetworkTurn, mustBeNoNetworks, removeHostPort } = await import(
        '../../../networks/index.js'
      );
      mustBeNoNetworks(socket, NAME);
      const remove = () => removeHostPort(client, socket, NAME);
      const isRoot = process.geteuid?.() === 0;
      const removed = (await (isRoot ? inNetworkTurn(() => io.held(remove)) : remove())).changed;
      if (!removed && !values['if-exists']) await portOf(client, NAME);
      return removed;
    });
    say(io, changed ? `port ${NAME} removed` : `there is no port ${NAME}`);
    if (values.json) printJson(io, { changed, name: NAME });
    return 0;
  },
});
