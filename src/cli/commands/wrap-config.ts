import { effectiveSettings, KEYS } from '../../wrap/settings/index.js';
import { command } from '../command.js';
import { json, text } from '../options.js';
import { type Column, type Json, printTables, table } from '../output.js';

interface Row {
  key: string;
  value: Json;
  source: string;
}

const COLUMNS: Column<Row>[] = [
  { key: 'key', value: (row) => row.key },
  { key: 'value', value: (row) => row.value, text: ({ value }) => shown(value) },
  { key: 'source', title: 'FROM', value: (row) => row.source },
];

/** `vmlane wrap config` */
export const wrapConfig = command({
  path: ['wrap', 'config'],
  summary: "Show qemu-wrap's settings and where each comes from",
  positionals: {},
  options: {
    guest: text(
      'guest',
      'Those of the guest with this name [default: of guests that no file names]',
    ),
    uuid: text('uuid', "The guest's UUID, for files that name it so"),
    json,
  },
  examples: [
    ['wrap config', 'what holds for all guests'],
    ['wrap config --guest web1', 'what holds for one'],
  ],
  async run(values, io) {
    const guest = { name: values.guest, uuid: values.uuid?.toLowerCase() };
    const found = await effectiveSettings(io.env, guest);
    const rows = KEYS.map((key): Row => ({ key, ...found[key] }) as Row);
    printTables(io, values.json, [table('settings', COLUMNS, rows)]);
    return 0;
  },
});

function shown(value: Json): string {
  if (value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
