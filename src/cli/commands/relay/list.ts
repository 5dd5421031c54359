import type { RelayView } from '../../../relays/index.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { type Column, printTables, table } from '../../output.js';
import { controlSocket, withSwitch } from '../switch/client.js';

const columns: Column<RelayView>[] = [
  { key: 'name', value: ({ name }) => name },
  { key: 'state', value: ({ state }) => state },
  perhaps('device', ({ device }) => device),
  perhaps('link', ({ link }) => link),
  perhaps('socket', ({ socket }) => socket),
  perhaps('listener', ({ listener }) => listener),
  perhaps('guest', ({ guest }) => guest),
  {
    key: 'lcores',
    value: ({ lcores }) => lcores,
    text: ({ lcores }) => [...new Set(lcores)].join(',') || '-',
  },
];

function perhaps(key: string, value: (relay: RelayView) => string | null): Column<RelayView> {
  return { key, value, text: (relay) => value(relay) ?? '-' };
}

/** `vmlane relay list` */
export const relayList = command({
  path: ['relay', 'list'],
  summary: "List the switch's relays",
  positionals: {},
  options: { ...controlSocket, json },
  examples: [
    ['relay list', 'which device and which guest each joins, and whether both are there'],
    ['relay list --json', 'the same for a program'],
  ],
  async run(values, io) {
    const { viewRelays } = await import('../../../relays/index.js');
    const relays = await withSwitch(values['control-socket'], io, async (client) =>
      viewRelays(await client.ports(), (await client.info()).devices ?? []),
    );
    printTables(io, values.json, [table('relays', columns, relays)]);
    return 0;
  },
});
