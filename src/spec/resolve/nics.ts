import { addressList, guardList } from '../../values/guards.js';
import { guestSocket, RECONNECT_SECONDS } from '../../values/guest-socket.js';
import { pciAddress } from '../../values/pci.js';
import type { Problem } from '../../values/problems.js';
import { GUEST_FOLDER } from '../../values/socket-path.js';
import { vlanList, vlansOfList } from '../../values/vlan-list.js';
import type { Nic, Offloads, VirtioNic } from '../guest.js';
import type { Identities } from '../identities.js';
import type { HostLookup } from '../lookup.js';
import type { AcceptedSpec } from '../schema/index.js';
import { given } from './given.js';

type AcceptedNic = AcceptedSpec['interfaces'][number];
type AcceptedVirtio = Exclude<Extract<AcceptedNic, { queues: number }>, { type: 'relay' }>;

export function resolveNics(
  { name, interfaces }: AcceptedSpec,
  identities: Identities,
  host: HostLookup,
  problems: Problem[],
): Nic[] {
  const macs = interfaces.map((nic, index) =>
    (nic.mac ?? relayMac(nic, index) ?? identities.mac(name, index)).toLowerCase(),
  );
  return interfaces.map((nic, index): Nic => {
    const guestAddress = nic.guestAddress && pciAddress(nic.guestAddress);
    return { ...resolveNic(nic, index), ...given({ guestAddress }) };
  });

  function resolveNic(nic: AcceptedNic, index: number): Nic {
    const own = macs[index] ?? '';
    if (nic.type === 'vf') {
      const { type, team, vlan } = nic;
      const address = addressOf(nic, index, host, problems);
      return { type, mac: teamMac(nic, own), address, ...given({ team, vlan }) } as Nic;
    }
    if (nic.type === 'vf-pool') {
      return { ...given(nic), mac: teamMac(nic, own) } as Nic;
    }
    if (nic.type === 'relay') return ofRelay(nic, own);
    return resolveVirtio(nic, own, guestSocket(GUEST_FOLDER, name, index));
  }

  function relayMac(nic: AcceptedNic, index: number): string | undefined {
    const found = nic.type === 'relay' ? host.relayMac(nic.relay) : undefined;
    if (typeof found !== 'object') return found;
    problems.push({ path: ['interfaces', index, 'mac'], ...found });
    return undefined;
  }

  /** The MAC of a VF in a team: that of its virtio NIC, as the two must be equal. */
  function teamMac({ team, mac }: AcceptedNic, own: string): string {
    if (team === undefined || mac !== undefined) return own;
    const mate = interfaces.findIndex((one) => one.team === team && 'queues' in one);
    return macs[mate] ?? own;
  }
}

/** To all that follows it is a NIC on the relay's socket. */
function ofRelay({ relay, ...nic }: Extract<AcceptedNic, { type: 'relay' }>, mac: string): Nic {
  const plain = { ...nic, type: 'vhost-user' } as AcceptedVirtio;
  return { ...resolveVirtio(plain, mac, guestSocket(GUEST_FOLDER, relay, 0)), relay } as Nic;
}

function resolveVirtio(nic: AcceptedVirtio, mac: string, socket: string): VirtioNic {
  const { offloads, ...rest } = nic;
  const {
    trunks: _,
    guards: __,
    ipAddresses: ___,
    dhcpServers: ____,
    ...others
  } = 'listener' in rest ? rest : { ...rest, ...NO_LISTS };
  return {
    ...given(others),
    mac,
    offloads: offloadsOf(offloads),
    ...(nic.type === 'vhost-user' && {
      socket: nic.socket ?? socket,
      pinned: nic.pinned ?? nic.team === undefined,
      ...given({ trunks: trunksOf(nic), ...listsOf(nic) }),
    }),
    ...(nic.type === 'vhost-user' &&
      dials(nic) && { reconnect: nic.reconnect ?? RECONNECT_SECONDS }),
  } as VirtioNic;
}

/** A list of all VLANs is none: undefined. */
function trunksOf({ trunks }: Extract<AcceptedVirtio, { listener: unknown }>): string | undefined {
  return trunks === undefined ? undefined : vlanList(vlansOfList(String(trunks)) ?? []);
}

const NO_LISTS = {
  trunks: undefined,
  guards: undefined,
  ipAddresses: undefined,
  dhcpServers: undefined,
};

/** As the switch writes them. */
function listsOf({
  guards,
  ipAddresses,
  dhcpServers,
}: Extract<AcceptedVirtio, { listener: unknown }>) {
  return {
    guards: guards && guardList(guards),
    ipAddresses: ipAddresses && addressList(ipAddresses),
    dhcpServers: dhcpServers && addressList(dhcpServers),
  };
}

/** QEMU dials the switch, and again when that has restarted. */
function dials({ listener }: Extract<AcceptedVirtio, { listener: unknown }>): boolean {
  return listener === 'switch';
}

/** `offloads: false`. mrg_rxbuf stays, as it is not an offload: without it large frames would be lost. */
const NONE = {
  host: { csum: false, gso: false, tso4: false, tso6: false, ecn: false, ufo: false },
  guest: { csum: false, tso4: false, tso6: false, ecn: false, ufo: false },
};

function offloadsOf(said: AcceptedVirtio['offloads']): VirtioNic['offloads'] {
  if (said === undefined) return { host: {}, guest: {} };
  if (said === false) return NONE;
  return { host: given(said.host ?? {}) as Offloads, guest: given(said.guest ?? {}) as Offloads };
}

function addressOf(
  { address, pf, index: number }: Extract<AcceptedNic, { type: 'vf' }>,
  index: number,
  host: HostLookup,
  problems: Problem[],
): string {
  if (address !== undefined) return pciAddress(address) ?? '';
  if (pf === undefined || number === undefined) {
    throw new TypeError(`interface ${index} passed the schema without address and pf`);
  }
  const found = host.vfAddress(pf, number);
  if (typeof found === 'string') return found;
  problems.push({ path: ['interfaces', index, 'pf'], ...found });
  return '';
}
