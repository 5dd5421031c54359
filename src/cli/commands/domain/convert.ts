import type {
  Conversion,
  Domain,
  NetworkChoice,
  NetworkDefinition,
  Reversion,
} from '../../../domain/index.js';
import { unknownNetwork } from '../../../networks/unknown.js';
import { nameOf, readInput } from '../../../system/input.js';
import { InvalidInput } from '../../../values/errors.js';
import { nicLabel } from '../../../values/nic-label.js';
import { pciAddress } from '../../../values/pci.js';
import { GUEST_FOLDER } from '../../../values/socket-path.js';
import { command } from '../../command.js';
import { unifiedDiff } from '../../diff.js';
import { type Io, say } from '../../io.js';
import { flag, json, text, texts } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';
import { tellRelays } from './convert-relays.js';
import { type Source, withSource } from './convert-source.js';
import { checkTogether } from './convert-together.js';

/** `vmlane domain convert` */
export const domainConvert = command({
  path: ['domain', 'convert'],
  summary: "Move an existing domain's NICs to the switch or to VFs, or back; prints the XML",
  positionals: {},
  optional: { FILE: { describe: 'domain XML; - is standard input', names: 'file' } },
  options: {
    domain: text('domain', 'Instead of FILE: a domain that libvirt has; it is only read', 'domain'),
    ...connectOption,
    nic: texts(
      'Only this NIC: its MAC, its target or its number from 0; may be repeated [default: all virtio NICs]',
    ),
    revert: flag('Restore the interfaces and the memory as they were'),
    vf: texts(
      'To this VF instead: its PCI address, or PF/NUMBER such as ens1f0/3; one for each NIC',
      'vf',
    ),
    relay: texts(
      'A VF that is passed through becomes the end of this relay onto it; one for each such NIC',
      'relay',
    ),
    'vf-pool': text('vf-pool', 'To VFs of this libvirt network instead', 'libvirt-network'),
    network: text(
      'network',
      "The switch's network that all of them come into; none: no network [default: each its own]",
      'network',
    ),
    'network-xml': texts(
      "With FILE: definition of a libvirt network that its NICs are in, as 'virsh net-dumpxml' prints it; may be repeated",
      'file',
    ),
    ...controlSocket,
    'socket-dir': text(
      'socket-dir',
      `Folder of guests' folders of sockets [default: ${GUEST_FOLDER}]`,
      'file',
    ),
    diff: flag('Print what changes, as a unified diff'),
    json,
  },
  examples: [
    ['domain convert old1.xml', 'print the XML with its virtio NICs on the switch'],
    ['domain convert --domain old1 --diff', 'show what would change'],
    ['domain convert --domain old1 --nic 52:54:00:12:34:56', 'one NIC only'],
    ['domain convert --domain old1 --network lan', 'to another network of the switch'],
    [
      'domain convert old1.xml --network-xml default.xml',
      'what its portgroup gives, such as a VLAN, is kept',
    ],
    ['domain convert old1.xml --nic 0 --vf ens1f0/3', 'its first NIC becomes VF 3 of ens1f0'],
    [
      'domain convert old1.xml --nic 0 --relay web1',
      'its VF becomes the device of relay web1; says what else is to be done',
    ],
    ['domain convert - --revert < old1.xml', 'as it was before'],
  ],
  manual: async () => (await import('./convert-manual.js')).manual,
  async run({ FILE, connect, json: asJson, ...values }, io) {
    const { convertDomain, openDomain, revertDomain } = await import('../../../domain/index.js');
    const { nic: nics, revert } = values;
    const socketDir = values['socket-dir'];
    checkTogether(values);
    return withSource({ FILE, connect, ...values }, io, async (source) => {
      const { uri, xml: before } = source;
      const vfs = await vfsOf(values.vf, values['vf-pool'], uri);
      const { relay: relays } = values;
      const onCard = revert || vfs !== undefined || relays !== undefined;
      const networks = onCard ? undefined : await choiceOf(values, source);
      const given = openDomain(before);
      const definitions = onCard
        ? []
        : await definitionsOf(given, { uri, files: values['network-xml'] }, io);
      const options = {
        ...(networks && { networks, maxFrame: await source.maxFrame(), definitions }),
        ...(nics && { nics }),
        ...(vfs && { vfs }),
        ...(relays && { relays }),
        ...(socketDir !== undefined && { socketDir }),
      };
      const done = revert ? revertDomain(given) : convertDomain(given, options);
      tell(io, done, before !== done.xml);
      if ('nics' in done) await tellRelays(io, done, uri);
      if (asJson) printJson(io, { changed: before !== done.xml, ...plain(done) });
      else if (!values.diff) io.out(done.xml);
      else io.out(unifiedDiff(before, done.xml, fileName(FILE, done.name), io.color));
      return 0;
    });
  },
});

/** Networks of the guest's switch. A file may be of another host: its NICs are moved anyway, and that is told. */
async function choiceOf(
  { network, domain }: { network?: string | undefined; domain?: string | undefined },
  { networks }: Pick<Source, 'networks'>,
): Promise<NetworkChoice> {
  if (network === 'none') return { all: null };
  const attached = await networks();
  if (network === undefined) return { attached, others: domain === undefined ? 'tell' : 'stay' };
  const all = attached.find(({ name }) => name === network);
  if (all) return { all };
  throw unknownNetwork(
    network,
    attached.map(({ name }) => name),
  );
}

/** Definitions of the networks that a domain's NICs are in: from files, or from the libvirt that has the domain. */
async function definitionsOf(
  { nics }: Domain,
  { uri, files }: { uri: string; files: string[] | undefined },
  io: Io,
): Promise<NetworkDefinition[]> {
  const { openNetwork } = await import('../../../domain/index.js');
  if (files) return Promise.all(files.map(async (file) => openNetwork(await readInput(file, io))));
  if (uri === '') return [];
  const { networkXml } = await import('../../../libvirt/network.js');
  const names = nics.flatMap(({ type, source }) => (type === 'network' && source ? [source] : []));
  const texts = await Promise.all([...new Set(names)].map((name) => networkXml(uri, name)));
  return texts.flatMap((text) => (text === undefined ? [] : [openNetwork(text)]));
}

/** Addresses of the VFs to use, in lower case; VFs named by their PF are looked up on the guest's host. */
async function vfsOf(vfs: string[] | undefined, pool: string | undefined, uri: string) {
  if (pool !== undefined) return { pool };
  if (!vfs) return undefined;
  const { vfsOfHost } = await import('../../../guests/spec.js');
  const host = vfsOfHost(uri);
  return vfs.map((given) => {
    const address = pciAddress(given);
    if (address !== undefined) return address;
    const [, pf, index] = /^([^\s/]{1,15})\/(\d{1,5})$/.exec(given) ?? [];
    const found =
      pf === undefined || /^\.{1,2}$/.test(pf)
        ? { problem: 'is no VF', remedy: 'give 0000:3b:02.1, or PF/NUMBER such as ens1f0/3' }
        : host.vfAddress(pf, Number(index));
    if (typeof found === 'string') return found;
    throw new InvalidInput({ thing: `--vf ${given}`, ...found });
  });
}

/** Summary on stderr; stdout has the XML. */
function tell(io: Io, done: Conversion | Reversion, changed: boolean): void {
  if (!changed) say(io, `${done.name}: nothing to change`);
  if ('notes' in done) {
    for (const path of done.paths) say(io, `${done.name}: ${path} is no longer used`);
    for (const relay of done.relays) {
      const steps = `vmlane switch settings unset relay.${relay}, restart the switch, and unbind its VF: vmlane sriov unbind`;
      say(io, `${done.name}: relay ${relay} is no longer used; to give the VF back: ${steps}`);
    }
    for (const note of done.notes) say(io, `${done.name}: ${note}`);
    return;
  }
  for (const one of done.mended)
    say(
      io,
      `${done.name}: ${nicLabel(one)}: its MTU of ${one.mtu} is announced by QEMU (<qemu:override>) now: libvirt starts no vhost-user NIC with <mtu>`,
    );
  for (const one of done.stays)
    say(io, `${done.name}: ${nicLabel(one)} stays: ${one.problem}; ${one.remedy}`);
  for (const one of done.nics) {
    const { from, path, vf, relay, network, settings, lost, largeMtu, networkMtu, dropped } = one;
    const nic = `${done.name}: ${nicLabel(one)}`;
    const into = relay
      ? `, relay ${relay.name}`
      : network === undefined
        ? ''
        : `, network ${network}`;
    say(io, `${nic}: from ${from} to ${path ?? vf}${into}`);
    if (largeMtu !== undefined)
      say(
        io,
        `${nic}: its MTU is ${largeMtu}, which only a switch with --mergeable carries; it does not run, so it was not asked`,
      );
    if (networkMtu !== undefined)
      say(
        io,
        `${nic}: its MTU is more than the ${networkMtu} that network ${network} carries; larger frames reach only guests on the switch, see 'vmlane network show ${network}'`,
      );
    if (lost) say(io, `${nic}: ${lost.problem}; ${lost.remedy}`);
    const what =
      relay !== undefined
        ? 'what only a VF that is passed through has'
        : path === undefined
          ? 'what a VF cannot have'
          : 'what only a tap has';
    if (dropped.length > 0) say(io, `${nic}: left out ${what}: ${dropped.join(', ')}`);
    // A network says the VLAN.
    const had = Object.entries(settings).filter(
      ([name]) => name !== 'relay' && (name !== 'vlan' || !network),
    );
    const texts = had.map(([name, value]) => `${name} ${value}`);
    if (texts.length === 0) continue;
    say(
      io,
      `${nic}: its port gets what it had when it starts (libvirt's hook, or 'vmlane domain start'): ${texts.join(', ')}`,
    );
  }
}

function plain(done: Conversion | Reversion) {
  if ('notes' in done) return { ...done };
  const nics = done.nics.map((nic) => {
    const {
      mac,
      path,
      vf,
      relay,
      network,
      settings,
      lost,
      largeMtu,
      networkMtu,
      dropped,
      ...rest
    } = nic;
    const { vlan, ...others } = settings;
    const known = { mac: mac ?? null, path: path ?? null, vf: vf ?? null, vlan: vlan ?? null };
    const reach = { network: network ?? null, lost: lost ? { ...lost } : null };
    const into = { ...reach, large_mtu: largeMtu ?? null, network_mtu: networkMtu ?? null };
    const moved = { relay: relay ? { ...relay } : null };
    return { ...rest, ...known, ...moved, ...into, settings: { ...others }, dropped: [...dropped] };
  });
  const others = <T extends { mac: string | undefined }>(all: readonly T[]) =>
    all.map(({ mac, ...nic }) => ({ ...nic, mac: mac ?? null }));
  return { ...done, nics, mended: others(done.mended), stays: others(done.stays) };
}

/** A file name on one line, so that the diff can be applied. */
function fileName(file: string | undefined, name: string): string {
  const named = file === undefined || file === '-' ? `${name}.xml` : nameOf(file);
  return named.replace(/[\p{Cc}\u2028\u2029]/gu, '?');
}
