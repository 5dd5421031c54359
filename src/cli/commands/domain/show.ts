import type { GuestView, NicView } from '../../../guests/view.js';
import { InvalidInput } from '../../../values/errors.js';
import { OTHER_ADDRESSES } from '../../../values/own-address.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { flag, json } from '../../options.js';
import { type Column, countsText, keyed, mebibytes, printTables, table } from '../../output.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';
import { withHost } from './host.js';

const domainColumns: Column<GuestView>[] = [
  { key: 'name', value: ({ name }) => name },
  { key: 'uuid', value: ({ uuid }) => uuid },
  { key: 'state', value: ({ state }) => state },
  yesNo('persistent', ({ persistent }) => persistent),
  yesNo('autostart', ({ autostart }) => autostart),
  { key: 'vcpus', value: ({ vcpus }) => vcpus },
  {
    key: 'memory',
    title: 'MEMORY_MIB',
    value: ({ memory }) => memory,
    text: ({ memory }) => mebibytes(memory),
  },
];

const nicColumns: Column<NicView>[] = [
  { key: 'type', value: ({ type }) => type },
  plain('mac', ({ mac }) => mac),
  plain('source', ({ source }) => source),
  plain('listener', ({ listener }) => listener),
  plain('port', ({ port }) => port),
  {
    key: 'vlan',
    value: ({ vlan }) => vlan,
    // 0 is no VLAN.
    text: ({ vlan }) => String(vlan || '-'),
  },
  {
    key: 'pinned',
    value: ({ pinned }) => pinned,
    text: ({ pinned }) => (pinned === null ? '-' : pinned ? 'yes' : 'no'),
  },
  plain('state', ({ state }) => state),
  plain('rx_packets', ({ rx_packets }) => rx_packets),
  plain('tx_packets', ({ tx_packets }) => tx_packets),
  {
    key: 'drops',
    value: ({ drops }) => drops && keyed(drops),
    text: ({ drops }) => countsText(drops ?? {}),
  },
];

/** `vmlane domain show` */
export const domainShow = command({
  path: ['domain', 'show'],
  summary: 'Show a guest: its state, its NICs and the counters of their ports',
  positionals: { NAME: { describe: "the domain's name", names: 'domain' } },
  options: {
    ...connectOption,
    ...controlSocket,
    xml: flag('Print its domain XML: of the guest if it runs, else its definition'),
    json,
  },
  examples: [
    ['domain show web1', 'a NIC of type vhostuser is on the switch'],
    ['domain show web1 --xml', 'what libvirt has of it'],
  ],
  async run({ NAME, xml: asXml, json: asJson, ...values }, io) {
    if (asXml && asJson) {
      const problem = 'has no meaning with --json';
      throw new InvalidInput({ thing: '--xml', problem, remedy: 'give one of them' });
    }
    const { viewGuest } = await import('../../../guests/view.js');
    return withHost(values, io, async (host) => {
      if (asXml) {
        io.out(await host.libvirt.xml(NAME));
        return 0;
      }
      const view = await viewGuest(host, NAME);
      const domain = { ...table('domain', domainColumns, [view]), single: true };
      const tables = [domain, table('nics', nicColumns, view.nics)];
      const shown = asJson || view.nics.length > 0 ? tables : [domain];
      printTables(io, asJson, shown, { uri: host.uri });
      tellSpoofed(io, view);
      return 0;
    });
  },
});

/** Why frames are missing, and the remedy, where the reason is that the guest is pinned to its MAC. */
function tellSpoofed(io: Io, { nics }: GuestView): void {
  for (const { port, mac, drops } of nics) {
    if (!drops?.spoofed) continue;
    const dropped = `dropped ${drops.spoofed} frames that did not come from ${mac} (spoofed)`;
    say(io, `port ${port}: ${dropped}; ${OTHER_ADDRESSES}`);
  }
}

/** A column whose value may be unknown: null in JSON, - in the table. */
function plain<K extends keyof NicView>(
  key: K & string,
  value: (nic: NicView) => string | number | null,
): Column<NicView> {
  return { key, value, text: (nic) => String(value(nic) ?? '-') };
}

function yesNo(key: string, value: (domain: GuestView) => boolean): Column<GuestView> {
  return { key, value, text: (domain) => (value(domain) ? 'yes' : 'no') };
}
