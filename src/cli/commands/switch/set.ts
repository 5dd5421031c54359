import type { Settings } from '../../../switch/index.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { integer, json } from '../../options.js';
import { printJson } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

/** `vmlane switch set` */
export const switchSet = command({
  path: ['switch', 'set'],
  summary: 'Change settings of the running switch, until it restarts',
  positionals: {},
  options: {
    ...controlSocket,
    ageing: integer('ageing', 1, 1_000_000, 'Seconds until a silent address is forgotten'),
    'idle-sleep': integer('idle-sleep', 0, 100_000, 'Microseconds to sleep when idle; 0: poll'),
    stats: integer('stats', 0, 86_400, 'Seconds between tables in the log; 0: none'),
    'rx-retry': integer('rx-retry', 0, 1, 'Wait for a guest whose ring is full, uplink to guest'),
    'rx-retry-num': integer('rx-retry-num', 0, 100, 'How often'),
    'rx-retry-delay': integer('rx-retry-delay', 0, 1000, 'Microseconds between'),
    json,
  },
  examples: [
    ['switch set --idle-sleep 100', 'rest when idle'],
    ['switch set --ageing 60 --json', 'print all settings afterwards'],
  ],
  async run(values, io) {
    const wanted: Partial<Settings> = {};
    if (values.ageing !== undefined) wanted.ageing = values.ageing;
    if (values['idle-sleep'] !== undefined) wanted.idle_sleep = values['idle-sleep'];
    if (values.stats !== undefined) wanted.stats = values.stats;
    if (values['rx-retry'] !== undefined) wanted.rx_retry = values['rx-retry'];
    if (values['rx-retry-num'] !== undefined) wanted.rx_retry_num = values['rx-retry-num'];
    if (values['rx-retry-delay'] !== undefined) wanted.rx_retry_delay = values['rx-retry-delay'];
    const { changed, settings } = await withSwitch(values['control-socket'], io, (client) =>
      client.set(wanted),
    );
    say(io, changed ? 'settings changed' : 'nothing to change');
    if (values.json) printJson(io, { changed, ...settings });
    return 0;
  },
});
