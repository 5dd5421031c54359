import type { Port } from '../../../switch/index.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { type Column, printTables, table } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

const columns: Column<Port>[] = [
  { key: 'id', value: (port) => port.id },
  { key: 'name', value: (port) => port.name },
  { key: 'state', value: (port) => port.state },
  { key: 'mode', value: (port) => port.mode },
  { key: 'vlan', value: (port) => port.vlan, text: (port) => String(port.vlan || '-') },
  { key: 'queues', value: (port) => port.queues },
  { key: 'lcore', value: (port) => port.lcore },
  { key: 'features', value: (port) => port.features },
  { key: 'path', value: (port) => port.path },
];

/** `vmlane switch ports` */
export const switchPorts = command({
  path: ['switch', 'ports'],
  summary: "List the switch's ports",
  positionals: {},
  options: { ...controlSocket, json },
  examples: [
    ['switch ports', 'which guests are connected'],
    ['switch ports --json', 'the same for a program'],
  ],
  async run(values, io) {
    const ports = await withSwitch(values['control-socket'], io, (client) => client.ports());
    printTables(io, values.json, [table('ports', columns, ports)]);
    return 0;
  },
});
