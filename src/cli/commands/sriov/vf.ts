import { VLAN } from '../../../contract/bounds.js';
import { LINK_STATES, type LinkState } from '../../../sriov/names.js';
import type { Wish } from '../../../sriov/vfs/settings.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { choice, flag, integer, text } from '../../options.js';
import { type Column, printJson, printTables, renderTable, table } from '../../output.js';
import { changeOptions, changing, rootOf, wholeNumber } from './common.js';

const onOff = ['on', 'off'] as const;
type OnOff = (typeof onOff)[number];

const rows = (settings: Record<string, string | number | boolean>) => Object.entries(settings);
const columns: Column<[string, string | number | boolean]>[] = [
  { key: 'setting', value: ([key]) => key },
  { key: 'value', value: ([, value]) => value, text: ([, value]) => shown(value) },
];
const callColumns: Column<{ words: readonly string[] }>[] = [
  { key: 'command', value: ({ words }) => ['ip', ...words].join(' ') },
];

function shown(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}

/** `vmlane sriov vf` */
export const sriovVf = command({
  path: ['sriov', 'vf'],
  summary: "Set a VF's MAC, VLAN and the like through its PF, or show them",
  positionals: {
    PF: { describe: 'its network interface or its PCI address', names: 'pf' },
    VF: { describe: "the VF's number on it, from 0" },
  },
  options: {
    mac: text('mac', "The guest's MAC, which it cannot change"),
    bond: flag('A member of a bond: its MAC may be that of a VF of another PF, too'),
    vlan: integer('vlan', VLAN.min, VLAN.max, 'VLAN that the card adds and takes away; 0 for none'),
    qos: integer('qos', 0, 7, "The VLAN's priority"),
    trust: choice('trust', onOff, 'Whether the guest may go promiscuous and change its MAC'),
    spoofchk: choice('spoofchk', onOff, 'Drop frames with another source MAC than that of the VF'),
    link: choice('link', LINK_STATES, "The VF's link: as the PF's, or up or down whatever that is"),
    'query-rss': choice(
      'query-rss',
      onOff,
      "Whether the guest may ask for the PF's RSS key and table",
    ),
    rate: integer('rate', 0, 1_000_000, 'Most Mbit/s that it may send; 0 for no limit'),
    ...changeOptions,
  },
  examples: [
    ['sriov vf ens1f0 3', 'show the settings of VF 3'],
    ['sriov vf ens1f0 3 --mac 52:54:00:12:34:56 --vlan 100', 'before its guest starts'],
    ['sriov vf ens1f0 3 --link enable', 'VFs reach each other while the cable is out'],
    ['sriov vf ens1f0 3 --trust on --spoofchk off --dry-run', 'for a guest that is a router'],
  ],
  async run({ PF, VF, json, ...values }, io) {
    const { findPf, vfOf } = await import('../../../sriov/find.js');
    const { readSettings } = await import('../../../sriov/host.js');
    const { ip } = await import('../../../system/devices/ip.js');
    const { nameOf } = await import('../../../sriov/names.js');
    const { readPfs } = await import('../../../system/devices/vfs.js');
    const { ownerOf } = await import('../../../sriov/vfs/macs.js');
    const { applySettings, settingsFor } = await import('../../../sriov/vfs/settings.js');
    const { mac } = await import('../../../spec/fields.js');
    const index = wholeNumber('VF', VF, 65_535);
    const wish = wishOf(values, (given) => mac.safeParse(given).data);
    if (values.bond && wish.mac === undefined) {
      const problem = 'has no meaning without --mac';
      throw new InvalidInput({ thing: '--bond', problem, remedy: 'give both' });
    }
    const root = rootOf(values.root);
    const dryRun = values['dry-run'] || Object.keys(wish).length === 0;
    return changing({ root, dryRun }, async () => {
      const pfs = readPfs(root);
      const pf = findPf(pfs, PF, root);
      const vf = vfOf(pf, index);
      const thing = `${nameOf(pf)} VF ${index}`;
      const [net] = pf.nets;
      const read = async () => {
        const found = net && (await readSettings(pf, root)).get(index);
        if (found) return found;
        const problem = net
          ? `${net.name} says nothing of its settings`
          : `the PF ${pf.address} is with ${pf.driver ?? 'no driver'} and has no network interface`;
        const remedy = "bind the PF to its Linux driver, such as 'igb', 'ixgbe' or 'i40e'";
        throw new InvalidInput({ thing, problem, remedy });
      };
      const now = await read();
      if (Object.keys(wish).length === 0) {
        if (json) printJson(io, { pf: pf.address, vf: index, address: vf.address, ...now });
        else printTables(io, false, [table('settings', columns, rows({ ...now }))]);
        return 0;
      }
      if (wish.qos !== undefined && (wish.vlan ?? now.vlan) === 0 && wish.qos > 0) {
        const remedy = 'give --vlan, too';
        throw new InvalidInput({ thing, problem: 'a priority without a VLAN', remedy });
      }
      const owner = wish.mac && (await ownerOf(wish.mac, { pf, index }, pfs, root));
      if (owner && !(values.bond && owner.mayShare)) {
        const problem = `it is that of ${owner.name}`;
        const more = owner.mayShare ? ', or --bond if the two are members of one' : '';
        const remedy = `give another${more}`;
        throw new InvalidInput({ thing: `--mac ${wish.mac}`, problem, remedy });
      }
      const settings = settingsFor(nameOf(pf), index, now, wish);
      const done = { pf: pf.address, vf: index, address: vf.address, ...now, ...wish };
      const calls = table('commands', callColumns, settings);
      if (values['dry-run']) {
        if (json) printJson(io, { ...done, changed: false, commands: calls.json });
        else if (settings.length > 0) io.out(renderTable(calls, io.color));
        if (settings.length === 0) say(io, `${thing}: unchanged`);
        return 0;
      }
      if (root !== '/' && settings.length > 0) {
        const problem = 'settings go through the kernel, which a folder has not';
        throw new InvalidInput({ thing: '--root', problem, remedy: 'use --dry-run with it' });
      }
      await applySettings(thing, settings, wish, { run: ip, read });
      const changed = settings.length > 0;
      if (json) printJson(io, { ...done, changed, commands: calls.json });
      const keys = settings.map(({ key }) => key).join(', ');
      say(io, changed ? `${thing}: set ${keys}` : `${thing}: unchanged`);
      return 0;
    });
  },
});

interface Given {
  mac?: string | undefined;
  vlan?: number | undefined;
  qos?: number | undefined;
  trust?: OnOff | undefined;
  spoofchk?: OnOff | undefined;
  rate?: number | undefined;
  link?: LinkState | undefined;
  'query-rss'?: OnOff | undefined;
}

function wishOf(given: Given, unicast: (mac: string) => string | undefined): Wish {
  const mac = given.mac === undefined ? undefined : unicast(given.mac)?.toLowerCase();
  if (given.mac !== undefined && mac === undefined) {
    const remedy = 'write 52:54:00:12:34:56';
    throw new InvalidInput({
      thing: `--mac ${given.mac}`,
      problem: 'is no unicast MAC address',
      remedy,
    });
  }
  return {
    ...(mac !== undefined && { mac }),
    ...(given.vlan !== undefined && { vlan: given.vlan }),
    ...(given.qos !== undefined && { qos: given.qos }),
    ...(given.trust !== undefined && { trust: given.trust === 'on' }),
    ...(given.spoofchk !== undefined && { spoofchk: given.spoofchk === 'on' }),
    ...(given.rate !== undefined && { rate: given.rate }),
    ...(given.link !== undefined && { state: given.link }),
    ...(given['query-rss'] !== undefined && { query_rss: given['query-rss'] === 'on' }),
  };
}
