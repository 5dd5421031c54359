/** What is to be done by hand after a VF that was passed through has become a relay's device. */
import type { Conversion, MovedRelay } from '../../../domain/index.js';
import { isRemote } from '../../../libvirt/uri.js';
import { nicLabel } from '../../../values/nic-label.js';
import { shellWords } from '../../../values/shell.js';
import { type Io, say } from '../../io.js';

/** Says the steps for each such NIC, in their order, on the guest's host. */
export async function tellRelays(io: Io, { name, nics }: Conversion, uri: string): Promise<void> {
  for (const nic of nics) {
    if (!nic.relay) continue;
    const steps = relaySteps(nic.relay, await placeOf(nic.relay.vf, uri));
    for (const [at, step] of steps.entries())
      say(io, `${name}: ${nicLabel(nic)}: step ${at + 1}, by hand: ${step}`);
  }
}

/** PF and number of a VF, as 'vmlane sriov vf' takes them. */
type Place = readonly [pf: string, index: string];

function relaySteps({ name, vf, mac, vlan }: MovedRelay, place: Place | undefined): string[] {
  const [pf, index] = place ?? ['PF', 'NUMBER'];
  const where = place ? '' : ` (PF and number of ${vf}: vmlane sriov list)`;
  const tag = vlan === 0 ? [] : ['--vlan', String(vlan)];
  const set = shellWords(['vmlane', 'sriov', 'vf', pf, index, '--mac', mac, ...tag]);
  const why = vlan === 0 ? 'its MAC' : `its MAC and VLAN ${vlan}`;
  const persist = shellWords(['vmlane', 'sriov', 'persist', pf]);
  return [
    'shut the guest down, and define this XML',
    `the VF gets ${why}, which libvirt set so far: ${set}${where}`,
    `the VF comes to vfio-pci: ${shellWords(['vmlane', 'sriov', 'bind', vf])}; and so at each boot: ${persist}`,
    `the switch gets it at its next start: ${shellWords(['vmlane', 'switch', 'settings', 'set', `relay.${name}=${vf}`])}, and restart the switch`,
  ];
}

/** Undefined: it is not on this host. */
async function placeOf(vf: string, uri: string): Promise<Place | undefined> {
  if (isRemote(uri)) return undefined;
  const { readPfs } = await import('../../../system/devices/vfs.js');
  const { nameOf } = await import('../../../sriov/names.js');
  for (const pf of readPfs()) {
    const found = pf.vfs.find(({ address }) => address === vf);
    if (found) return [nameOf(pf), String(found.index)];
  }
  return undefined;
}
