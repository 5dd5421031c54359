import { PARAMETERS } from '../../../contract/bounds.js';
import type { FdbEntry, FdbFilter } from '../../../switch/index.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { integer, json, text } from '../../options.js';
import { type Column, printTables, table } from '../../output.js';
import { controlSocket, withPort, withSwitch } from './client.js';

const columns: Column<FdbEntry>[] = [
  { key: 'mac', value: (entry) => entry.mac },
  { key: 'vlan', value: (entry) => entry.vlan, text: (entry) => String(entry.vlan || '-') },
  {
    key: 'own_tag',
    title: 'OWN TAG',
    value: (entry) => entry.own_tag ?? false,
    text: (entry) => (entry.own_tag ? 'yes' : '-'),
  },
  { key: 'port', value: (entry) => entry.port },
  { key: 'age', title: 'AGE(s)', value: (entry) => entry.age },
  {
    key: 'pinned',
    value: (entry) => entry.pinned ?? false,
    text: (entry) => (entry.pinned ? 'yes' : '-'),
  },
];

const { vlan, limit } = PARAMETERS['fdb.list'];

/** More than a switch has. */
const MOST = 1_000_000;

/** Listing a million addresses takes the switch a while. */
const DEADLINE_MS = 30_000;

/** `vmlane switch fdb` */
export const switchFdb = command({
  path: ['switch', 'fdb'],
  summary: 'List the addresses that the switch has learned',
  positionals: {},
  options: {
    ...controlSocket,
    vlan: integer('vlan', vlan.min, vlan.max, `${vlan.describe}; 0: no VLAN`),
    port: text('port', 'Only addresses behind the port of this name', 'port'),
    limit: integer('limit', limit.min, MOST, `${limit.describe} [default: ${limit.default}]`),
    json,
  },
  examples: [
    ['switch fdb', 'every learned address'],
    ['switch fdb --port web1.0', 'what guest web1 has behind its first NIC'],
  ],
  async run({ port, ...values }, io) {
    const filter: FdbFilter = {
      ...(values.vlan !== undefined && { vlan: values.vlan }),
      ...(port !== undefined && { port }),
      ...(values.limit !== undefined && { limit: values.limit }),
    };
    const { entries, total } = await withSwitch(
      values['control-socket'],
      io,
      (client) => withPort(client, port, () => client.fdb(filter)),
      DEADLINE_MS,
    );
    printTables(io, values.json, [table('entries', columns, entries)], { total });
    if (entries.length < total) say(io, `${entries.length} of ${total} shown; --limit shows more`);
    return 0;
  },
});
