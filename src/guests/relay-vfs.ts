/** VFs behind a guest's relays, and whether the guest's MACs are theirs. */
import type { Port, PortRequest } from '../contract/types.js';
import type { Domain } from '../domain/index.js';
import { plainDevice } from '../relays/names.js';
import { relaysOf } from '../relays/view.js';
import { trustedVfsGetAll } from '../sriov/cards/promiscuous.js';
import { type SettingsReader, settingsReader } from '../sriov/host.js';
import { nameOf } from '../sriov/names.js';
import { readDevice } from '../system/devices/pci.js';
import { readPf } from '../system/devices/vfs.js';
import { partsOf } from '../values/bond.js';
import type { Trouble } from '../values/errors.js';
import { pciAddress } from '../values/pci.js';
import { type RelayVf, vfMacTrouble } from '../values/vf-mac.js';

/**
 * The VFs that a relay's device consists of, as their PFs have them. A device that is no VF is none, and so is a VF
 * whose PF has no network interface, as with vfio-pci: nobody but its program knows the settings then.
 * Rejects with Failed if `ip` does.
 */
export async function readRelayVfs(
  device: string,
  settingsOf: SettingsReader,
  root = '/',
): Promise<RelayVf[]> {
  const parts = partsOf(plainDevice(device));
  const found: RelayVf[] = [];
  for (const part of parts) {
    const address = pciAddress(part.split(',')[0] ?? '');
    const of = address === undefined ? undefined : readDevice(address, root)?.pf;
    const pf = of === undefined ? undefined : readPf(of, root);
    const vf = pf?.vfs.find((one) => one.address === address);
    if (!pf || !vf || pf.nets.length === 0) continue;
    const settings = (await settingsOf(pf)).get(vf.index);
    if (!settings) continue;
    const { mac, trust, spoofchk } = settings;
    const place = { address: vf.address, pf: nameOf(pf), index: vf.index };
    const getsAll = trustedVfsGetAll(pf);
    found.push({ ...place, mac, trust, spoofchk, getsAll, inBond: parts.length > 1 });
  }
  return found;
}

/** A guest about to start. */
export interface RelayedGuest {
  /** Absent: only its ports are known, as to qemu-wrap. */
  domain?: Pick<Domain, 'nics'> | undefined;
  wanted: readonly PortRequest[];
  /** The switch's. */
  ports: readonly Port[];
}

/** Where a host is looked at, and how long `ip` may take. */
export interface LookOptions {
  root?: string;
  deadlineMs?: number | undefined;
}

/** Why the cards would lose frames of a guest whose NICs are relays onto VFs; null if they do not. */
export async function relayMacFact(
  { domain, wanted, ports }: RelayedGuest,
  { root, deadlineMs }: LookOptions = {},
): Promise<Omit<Trouble, 'thing'> | null> {
  const settingsOf = settingsReader(root, deadlineMs);
  const relays = relaysOf(ports);
  for (const { path, relay, mac: asked } of wanted) {
    const of = relays.find(({ name, vm }) => vm?.path === path || name === relay);
    if (!of?.vf?.device) continue;
    const nic = domain?.nics.find(({ type, source }) => type === 'vhostuser' && source === path);
    // Without its definition and without a MAC in the request nobody can know.
    if (!nic && asked === undefined) continue;
    const mac = nic ? nic.mac : (asked ?? undefined);
    for (const vf of await readRelayVfs(of.vf.device, settingsOf, root)) {
      const trouble = vfMacTrouble(mac, vf);
      if (!trouble) continue;
      const label = nic ? `NIC ${nic.index}` : `the NIC on ${path}`;
      return { ...trouble, problem: `${label} of relay ${of.name} ${trouble.problem}` };
    }
  }
  return null;
}
