/** `vmlane switch ports --host` */
import { portsIn } from '../../../inventory/ports.js';
import { wordsThere } from '../../../inventory/words.js';
import type { Port } from '../../../switch/index.js';
import { askAll, failedOf, hostErrorJson, reportHosts } from '../../hosts.js';
import type { Io } from '../../io.js';
import { type Column, printJson, renderTable, table } from '../../output.js';

interface Values {
  'control-socket'?: string | undefined;
  json?: boolean | undefined;
}

/** The table with the host before each port, or a list of hosts with their ports. */
export async function portsOfHosts(
  hosts: string,
  values: Values,
  columns: Column<Port>[],
  io: Io,
): Promise<number> {
  const { 'control-socket': socket, json } = values;
  const words = wordsThere(['switch', 'ports'], { 'control-socket': socket });
  const answers = await askAll(hosts, words, portsIn, io);
  if (json) {
    const all = answers.map(({ host, ...answer }) => {
      if (answer.failed) return hostErrorJson(answer.failed);
      return { host, ports: table('ports', columns, answer.value).json };
    });
    printJson(io, { hosts: all });
  } else if (answers.some(({ failed }) => !failed)) {
    const rows = answers.flatMap(({ host, ...answer }) =>
      answer.failed ? [] : answer.value.map((port) => ({ host, port })),
    );
    const ofPort = columns.map(
      ({ value, text, ...column }): Column<{ host: string; port: Port }> => {
        return {
          ...column,
          value: ({ port }) => value(port),
          ...(text && { text: ({ port }: { port: Port }) => text(port) }),
        };
      },
    );
    const host = { key: 'host', value: (row: { host: string }) => row.host };
    io.out(renderTable(table('ports', [host, ...ofPort], rows), io.color));
  }
  return reportHosts(failedOf(answers), json, io);
}
