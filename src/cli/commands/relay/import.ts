import { resolve } from 'node:path';
import type { ImportRow } from '../../../relays/index.js';
import { changeSwitchSettings, SWITCH_SETTINGS_FILE } from '../../../switch/index.js';
import { nameOf, readInput } from '../../../system/input.js';
import { command } from '../../command.js';
import { unifiedDiff } from '../../diff.js';
import { say } from '../../io.js';
import { flag, json, text } from '../../options.js';
import { type Column, printJson, renderTable, table } from '../../output.js';

const COLUMNS: Column<ImportRow>[] = [
  { key: 'line', value: ({ line }) => line },
  { key: 'name', title: 'SETTING', value: ({ name }) => name },
  { key: 'verdict', title: 'IS', value: ({ verdict }) => verdict },
  { key: 'what', title: 'AS, OR WHY', value: ({ what }) => what },
];

/** `vmlane relay import` */
export const relayImport = command({
  path: ['relay', 'import'],
  summary: "Take virtio-forwarder's settings over, into the switch's settings file",
  positionals: {
    FILE: { describe: 'such as /etc/default/virtioforwarder; - is standard input', names: 'file' },
  },
  options: {
    settings: text(
      'settings',
      `The switch's settings file [default: ${SWITCH_SETTINGS_FILE}]`,
      'file',
    ),
    'dry-run': flag('Show what would change in the file, change nothing'),
    json,
  },
  examples: [
    ['relay import /etc/default/virtioforwarder --dry-run', 'what would become of each line'],
    ['relay import /etc/default/virtioforwarder', 'the switch has it from its next start'],
  ],
  async run({ FILE, ...values }, io) {
    const { importForwarder } = await import('../../../relays/index.js');
    const { set, rows } = importForwarder(await readInput(FILE, io), nameOf(FILE));
    const file = resolve(values.settings ?? SWITCH_SETTINGS_FILE);
    const dry = values['dry-run'] === true;
    const {
      changed,
      before = '',
      after,
    } = await changeSwitchSettings({ set }, { file, dryRun: dry });
    if (values.json) {
      printJson(io, { changed: changed && !dry, file, lines: rows.map((row) => ({ ...row })) });
      return 0;
    }
    io.out(renderTable(table('lines', COLUMNS, rows), io.color));
    if (dry) io.out(unifiedDiff(before, after, file, io.color));
    if (!changed) say(io, `${file} unchanged`);
    else if (dry) say(io, `${file} would change`);
    else
      say(io, `${file} changed; the switch has it from its next start ('vmlane switch settings')`);
    return 0;
  },
});
