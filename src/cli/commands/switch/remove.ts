import { command } from '../../command.js';
import { say } from '../../io.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

/** `vmlane switch remove` */
export const switchRemove = command({
  path: ['switch', 'remove'],
  summary: 'Remove a port; a guest on it keeps its NIC and loses its network',
  positionals: { NAME: { describe: "the port's name, as 'vmlane switch ports' shows it" } },
  options: { ...controlSocket, json },
  examples: [['switch remove web1.0', 'remove the port, and the addresses learned behind it']],
  async run({ NAME, ...values }, io) {
    const { changed } = await withSwitch(values['control-socket'], io, (client) =>
      client.removePort(NAME),
    );
    say(io, changed ? `port ${NAME} removed` : `there is no port ${NAME}`);
    if (values.json) printJson(io, { changed, name: NAME });
    return 0;
  },
});
