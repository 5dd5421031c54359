import { command } from '../../command.js';
import { json } from '../../options.js';
import { printJson, renderTable, table } from '../../output.js';
import { controlSocket, portOf, withSwitch } from './client.js';
import { portColumns } from './ports.js';

/** `vmlane switch show` */
export const switchShow = command({
  path: ['switch', 'show'],
  summary: 'Show all settings of a port',
  positionals: { NAME: { describe: "the port's name", names: 'port' } },
  options: { ...controlSocket, json },
  examples: [
    ['switch show web1.0', 'its VLAN and tag, its address and limits'],
    ['switch show web1.0 --json', 'the same for a program'],
  ],
  async run({ NAME, ...values }, io) {
    const port = await withSwitch(values['control-socket'], io, (client) => portOf(client, NAME));
    const current = portColumns.filter(({ key }) => key !== 'mode');
    const { cells, titles } = table('port', current, [port]);
    if (values.json) printJson(io, table('port', portColumns, [port]).json[0] ?? null);
    else io.out(renderTable(table('port', COLUMNS, pairs(titles, cells[0] ?? [])), io.color));
    return 0;
  },
});

type Pair = [setting: string, value: string];

const COLUMNS = [
  { key: 'setting', value: ([setting]: Pair) => setting },
  { key: 'value', value: ([, value]: Pair) => value },
];

function pairs(titles: readonly string[], values: readonly string[]): Pair[] {
  return titles.map((title, i) => [title.toLowerCase(), values[i] ?? '']);
}
