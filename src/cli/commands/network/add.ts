import { VLAN } from '../../../contract/bounds.js';
import { libvirtUri, uriOfHere } from '../../../libvirt/uri.js';
import type { NetworkPlan } from '../../../networks/index.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { Failed, InvalidInput } from '../../../values/errors.js';
import { shellWord } from '../../../values/shell.js';
import { TAP_MTU } from '../../../values/tap-mtu.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, integer, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption } from '../libvirt.js';
import { controlSocket, withSwitch } from '../switch/client.js';

/** `vmlane network add` */
export const networkAdd = command({
  path: ['network', 'add'],
  summary: 'Make a network: a VLAN of the switch, attached to a bridge or NIC of this host',
  positionals: { NAME: { describe: "the network's name" } },
  options: {
    ...controlSocket,
    bridge: text('bridge', 'A Linux bridge of this host', 'interface'),
    libvirt: text(
      'libvirt',
      'A network of libvirt, such as default: its bridge',
      'libvirt-network',
    ),
    nic: text(
      'nic',
      'A network card of this host that nothing else needs; or, with --take, which one',
      'interface',
    ),
    take: flag("Take the bridge's network card: the switch joins the two"),
    vlan: integer(
      'vlan',
      1,
      VLAN.max,
      'Its VLAN on the switch, which the bridge and the NIC do not see [default: a free one]',
    ),
    mtu: integer(
      'mtu',
      TAP_MTU.min,
      TAP_MTU.max,
      "MTU of its interface in the bridge [default: the bridge's]",
    ),
    ...connectOption,
    'dry-run': flag('Print what would be done to the host, change nothing'),
    json,
  },
  examples: [
    ['network add default --libvirt default', 'guests on the switch join those on virbr0'],
    ['network add lan --bridge br0', 'guests are on the LAN that br0 is on'],
    ['network add lan --bridge br0 --dry-run', 'show what would be done'],
    ['network add wan --nic eno2', 'guests are on the wire that eno2 is on; this host is not'],
    ['network add lan --bridge br0 --take', "the same for br0's NIC: br0 is on it by the switch"],
    ['network add storage --vlan 20', 'guests of the switch among themselves'],
  ],
  manual: async () => (await import('./add-manual.js')).manual,
  async run({ NAME, connect, json: asJson, ...values }, io) {
    const { addNetwork, commandOf, inNetworkTurn, planNetwork } = await import(
      '../../../networks/index.js'
    );
    const { bridge: given, libvirt, vlan, mtu, nic, take } = values;
    if (given !== undefined && libvirt !== undefined) {
      const problem = 'has no meaning with --libvirt';
      throw new InvalidInput({ thing: '--bridge', problem, remedy: 'give one of them' });
    }
    const bridge =
      libvirt === undefined
        ? given
        : await bridgeOf(uriOfHere(libvirtUri(connect, io.env), 'its bridges'), libvirt);
    if (mtu !== undefined && bridge === undefined) {
      const problem = 'is that of the interface in a bridge';
      throw new InvalidInput({ thing: '--mtu', problem, remedy: 'give --bridge or --libvirt' });
    }
    const socket = controlSocketPath(values['control-socket'], io.env);
    return withSwitch(socket, io, async (client) => {
      const wish = { name: NAME, bridge, libvirt, vlan, mtu, nic, take };
      const commandsOf = ({ hostPorts }: NetworkPlan) =>
        hostPorts.flatMap(({ steps }) => steps.map(commandOf));
      if (values['dry-run']) {
        const plan = await planNetwork(client, socket, wish);
        const commands = commandsOf(plan);
        if (asJson) printJson(io, { changed: false, vlan: plan.record.vlan, commands });
        else for (const line of commands) io.out(`${line}\n`);
        return 0;
      }
      const add = async (signal: AbortSignal) => {
        const plan = await planNetwork(client, socket, wish);
        if (take) for (const line of commandsOf(plan)) say(io, line);
        return { ...(await addNetwork(client, plan, signal)), record: plan.record };
      };
      const { changed, record } = await inNetworkTurn(() => io.held(add));
      const to = [
        ...(bridge === undefined ? [] : [`bridge ${bridge}`]),
        ...(record.nic === undefined ? [] : [`NIC ${record.nic}, by macvtap`]),
      ];
      const where = to.length > 0 ? `, attached to ${to.join(' and ')}` : '';
      const how = changed ? 'added' : 'is already there';
      say(io, `network ${NAME} ${how}: VLAN ${record.vlan}${where}`);
      if (asJson) {
        const { vlan: chosen, nic: card = null } = record;
        printJson(io, { changed, name: NAME, vlan: chosen, bridge: bridge ?? null, nic: card });
      }
      return 0;
    });
  },
});

/** The bridge of libvirt's network. @throws Failed if it is not there */
async function bridgeOf(uri: string, name: string): Promise<string> {
  const { libvirtNetwork } = await import('../../../libvirt/network.js');
  const { bridge, isActive } = await libvirtNetwork(uri, name);
  const thing = `--libvirt ${name}`;
  if (bridge === undefined) {
    const problem = 'this network has no bridge: its NICs are VFs or macvtaps';
    throw new InvalidInput({ thing, problem, remedy: 'such guests stay where they are' });
  }
  if (isActive) return bridge;
  const remedy = `start it: virsh net-start ${shellWord(name)}`;
  throw new Failed({
    thing,
    problem: 'this network is not active, so its bridge is not there',
    remedy,
  });
}
