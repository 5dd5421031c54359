import { stopSwitch } from '../../../switch/index.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket } from './client.js';
import { lendNics } from './host-ports.js';

/** `vmlane switch stop` */
export const switchStop = command({
  path: ['switch', 'stop'],
  summary: 'Stop the switch; guests keep their NICs and reconnect to the next one',
  positionals: {},
  options: { ...controlSocket, json },
  examples: [['switch stop', 'stop the switch and wait until it is gone']],
  async run(values, io) {
    const socket = controlSocketPath(values['control-socket'], io.env);
    const stopped = await io.held(async () => {
      const done = await stopSwitch(socket);
      await lendNics(socket, io);
      return done;
    });
    say(
      io,
      stopped.changed ? `switch stopped (pid ${stopped.pid})` : `no switch runs at ${socket}`,
    );
    if (values.json) printJson(io, { ...stopped });
    return 0;
  },
});
