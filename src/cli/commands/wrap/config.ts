import {
  type Environment,
  effectiveSettings,
  FOLDER_VARIABLE,
  KEYS,
} from '../../../host/wrap/settings/index.js';
import { uriOfHere } from '../../../libvirt/uri.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { json, text } from '../../options.js';
import { type Column, type Json, printTables, table } from '../../output.js';
import { withLibvirt } from '../libvirt.js';

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
      'domain',
    ),
    uuid: text('uuid', "The guest's UUID, for files that name it so"),
    connect: text('connect', "libvirt's URI: take the guest's UUID and variables from there"),
    json,
  },
  examples: [
    ['wrap config', 'what holds for all guests, and with the variables of this shell'],
    ['wrap config --guest web1', 'what holds for one, by its name'],
    ['wrap config --guest web1 --connect qemu:///system', 'as libvirt would start it'],
  ],
  async run(values, io) {
    const { guest, env } =
      values.connect === undefined
        ? { guest: { name: values.guest, uuid: values.uuid?.toLowerCase() }, env: io.env }
        : await asDefined(values.guest, values.connect, io.env);
    const found = await effectiveSettings(env, guest);
    const rows = KEYS.map((key): Row => ({ key, ...found[key] }) as Row);
    printTables(io, values.json, [table('settings', COLUMNS, rows)]);
    return 0;
  },
});

/** A domain's identity and variables; of this shell's variables only the settings' folder counts. */
async function asDefined(name: string | undefined, uri: string, env: Environment) {
  if (name === undefined) {
    const problem = '--connect is given without a guest';
    const remedy = 'name one with --guest';
    throw new InvalidInput({ thing: 'vmlane wrap config', problem, remedy });
  }
  uriOfHere(uri, 'its settings');
  const { openDomain } = await import('../../../domain/index.js');
  const xml = await withLibvirt(uri, (libvirt) => libvirt.xml(name));
  const { name: defined, uuid, variables } = openDomain(xml);
  const guest = { name: defined, ...(uuid !== undefined && { uuid }) };
  return { guest, env: { [FOLDER_VARIABLE]: env[FOLDER_VARIABLE], ...variables } };
}

function shown(value: Json): string {
  if (value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
