import { unknownNetwork } from '../../../networks/unknown.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from '../switch/client.js';

/** `vmlane network remove` */
export const networkRemove = command({
  path: ['network', 'remove'],
  summary: 'Remove a network; the bridge is as it was before',
  positionals: { NAME: { describe: "the network's name", names: 'network' } },
  options: {
    ...controlSocket,
    force: flag('Even if guests are in it: they lose their network'),
    'if-exists': flag('Succeed if the network does not exist'),
    json,
  },
  examples: [
    ['network remove lan', 'its port, and its interface in the bridge'],
    ['network remove lan --if-exists', 'for scripts: gone afterwards, whatever was before'],
  ],
  async run({ NAME, force, ...values }, io) {
    const { inNetworkTurn, removeNetwork, viewNetworks } = await import(
      '../../../networks/index.js'
    );
    const socket = controlSocketPath(values['control-socket'], io.env);
    const changed = await withSwitch(socket, io, async (client) => {
      const options = force === undefined ? {} : { force };
      const remove = () => removeNetwork(client, socket, NAME, options);
      const isRoot = process.geteuid?.() === 0;
      const done = (await (isRoot ? inNetworkTurn(() => io.held(remove)) : remove())).changed;
      if (done || values['if-exists']) return done;
      throw unknownNetwork(
        NAME,
        (await viewNetworks(client, socket)).map(({ name }) => name),
      );
    });
    say(io, changed ? `network ${NAME} removed` : `there is no network ${NAME}`);
    if (values.json) printJson(io, { changed, name: NAME });
    return 0;
  },
});
