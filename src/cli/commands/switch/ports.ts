import { PORT_SETTINGS } from '../../../contract/bounds.js';
import type { Port } from '../../../switch/index.js';
import { vlanText } from '../../../values/port-words.js';
import { command } from '../../command.js';
import { hostOption } from '../../host-option.js';
import { json } from '../../options.js';
import { type Column, printTables, table } from '../../output.js';
import { controlSocket, withSwitch } from './client.js';

/** Columns of the table; 'vmlane switch show' has the rest. */
const SHOWN = ['id', 'name', 'state', 'listener', 'vlan', 'queues', 'lcore', 'features', 'path'];

/** `vmlane switch ports` */
export const switchPorts = command({
  path: ['switch', 'ports'],
  summary: "List the switch's ports",
  positionals: {},
  options: { ...controlSocket, ...hostOption, json },
  examples: [
    ['switch ports', 'which guests are connected'],
    ['switch ports --json', 'all settings of all ports, for a program'],
    ['switch ports --host web1,root@web2', 'those of two other hosts, by the vmlane there'],
  ],
  async run(values, io) {
    const columns = values.json ? portColumns : portColumns.filter(({ key }) => isShown(key));
    if (values.host !== undefined) {
      const { portsOfHosts } = await import('./ports-hosts.js');
      return portsOfHosts(values.host, values, columns, io);
    }
    const ports = await withSwitch(values['control-socket'], io, (client) => client.ports());
    printTables(io, values.json, [table('ports', columns, ports)]);
    return 0;
  },
});

function isShown(key: string): boolean {
  return SHOWN.includes(key);
}

type NumberSetting = 'address_limit' | 'flood_limit';

/** Columns of all numeric settings of the protocol, except the VLAN, which has a place of its own. */
const NUMBERS = Object.entries(PORT_SETTINGS).flatMap(([key, about]) =>
  'min' in about && key !== 'vlan' ? [key as NumberSetting] : [],
);

/** Everything known of a port. */
export const portColumns: Column<Port>[] = [
  { key: 'id', value: (port) => port.id },
  { key: 'name', value: (port) => port.name },
  { key: 'state', value: (port) => port.state, text: stateText },
  later('link', (port) => port.link),
  later('link_state', (port) => port.link_state),
  { key: 'listener', value: (port) => port.listener },
  { key: 'vlan', value: (port) => port.vlan, text: vlanText },
  later('vlan_mode', (port) => port.vlan_mode),
  later('trunks', (port) => port.trunks),
  later('tag', (port) => port.tag),
  later('mac', (port) => port.mac),
  later('relay', (port) => port.relay),
  ...NUMBERS.map((key) => later(key, (port) => port[key])),
  later('guards', (port) => port.guards),
  later('ip_addresses', (port) => port.ip_addresses),
  later('address_learning', (port) => port.address_learning),
  later('learned', (port) => port.learned),
  later('dhcp_servers', (port) => port.dhcp_servers),
  later('peer_label', (port) => port.peer_label),
  later('peer_checked', (port) => port.peer_checked),
  later('captures', (port) => port.captures),
  { key: 'queues', value: (port) => port.queues },
  { key: 'lcore', value: (port) => port.lcore, text: lcoresText },
  later('pinned', (port) => port.pinned),
  listed('queue_lcores', (port) => port.queue_lcores),
  listed('pinned_queues', (port) => port.pinned_queues),
  { key: 'features', value: (port) => port.features },
  {
    key: 'path',
    value: (port) => port.path,
    text: endOf,
  },
  later('interface', (port) => port.interface),
  later('device', (port) => port.device),
  // The former name of listener, in JSON for one version.
  later(PORT_SETTINGS.listener.formerly.key, (port) => port.mode),
];

/** What is at the port's other end. */
export function endOf({ path, interface: is, device }: Port): string {
  return is ? `interface ${is}` : device ? `device ${device}` : path;
}

/** The lcore that polls a port; of several queue pairs that are apart, each pair's: `0,1,0,1`. */
function lcoresText({ lcore, queue_lcores: queues = [] }: Port): string {
  const apart = queues.some((one) => one !== lcore);
  return apart ? queues.join(',') : String(lcore);
}

/** A port may be up, and its link down all the same. */
function stateText({ state, link_state: link }: Port): string {
  return link === 'down' ? `${state}, link down` : state;
}

/** A column that an older switch does not send. */
function later(
  key: string,
  value: (port: Port) => string | number | boolean | null | undefined,
): Column<Port> {
  return {
    key,
    value: (port) => value(port) ?? null,
    text: (port) => String(value(port) ?? '-'),
  };
}

/** The same, of several numbers. */
function listed(key: string, value: (port: Port) => number[] | undefined): Column<Port> {
  return {
    key,
    value: (port) => value(port) ?? null,
    text: (port) => value(port)?.join(',') || '-',
  };
}
