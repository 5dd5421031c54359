import { guardTrouble } from '../../values/guards.js';
import { type Problem, quote } from '../../values/problems.js';
import { vlanTrouble } from '../../values/vlan-mode.js';
import type { Guest, Nic, VirtioNic } from '../guest.js';

export function isVirtio(nic: Nic): nic is VirtioNic {
  return nic.type !== 'vf' && nic.type !== 'vf-pool';
}

// libvirt sets the first octet of the host's end of a tap to fe, and refuses a guest with it (virnetdevtap.c).
export function tapMacsAreAllowed({ interfaces }: Guest): Problem[] {
  return interfaces.flatMap((nic, index) => {
    if (!['bridge', 'network'].includes(nic.type) || !nic.mac.startsWith('fe:')) return [];
    const problem = `${quote(nic.mac)} begins with fe, which libvirt keeps for taps`;
    const remedy = 'give another first octet, such as 52';
    return [{ path: ['interfaces', index, 'mac'], problem, remedy }];
  });
}

// libvirt 9.0: "'reconnect' attribute is not supported when source mode='server'".
export function onlyClientsReconnect({ interfaces }: Guest): Problem[] {
  return interfaces.flatMap((nic, index) => {
    if (nic.type !== 'vhost-user' || nic.reconnect === undefined || nic.listener === 'switch')
      return [];
    const problem = 'QEMU listens, so the switch dials again, not QEMU';
    const remedy = 'leave it out, or give listener: switch';
    return [{ path: ['interfaces', index, 'reconnect'], problem, remedy }];
  });
}

export function aNetworkSaysTheVlan({ interfaces }: Guest): Problem[] {
  return interfaces.flatMap((nic, index) => {
    if (nic.type !== 'vhost-user' || nic.network === undefined || nic.vlan === undefined) return [];
    const problem = `the VLAN is that of network ${quote(nic.network)}`;
    return [
      { path: ['interfaces', index, 'vlan'], problem, remedy: 'give one of vlan and network' },
    ];
  });
}

export function portSettingsGoTogether({ interfaces }: Guest): Problem[] {
  return interfaces.flatMap((nic, index) => {
    const trouble = nic.type === 'vhost-user' ? (vlanTrouble(nic) ?? guardTrouble(nic)) : undefined;
    if (!trouble) return [];
    const { at, problem, remedy } = trouble;
    return [{ path: ['interfaces', index, at], problem, remedy }];
  });
}

/** The guest of a team sends from the MAC on the VF, too; the port would take that for a theft. */
export function teamsAreNotPinned({ interfaces }: Guest): Problem[] {
  return interfaces.flatMap((nic, index) => {
    if (nic.type !== 'vhost-user' || nic.team === undefined || !nic.pinned) return [];
    const problem = 'its guest uses the MAC on the VF, too, so it cannot be pinned to the port';
    return [{ path: ['interfaces', index, 'pinned'], problem, remedy: 'leave it out' }];
  });
}

/** A team is one virtio NIC and one VF with the same address (libvirt 6.1, formatdomain: teaming). */
export function teamsArePairs({ interfaces }: Guest): Problem[] {
  const teams = new Map<string, { nic: Nic; index: number }[]>();
  for (const [index, nic] of interfaces.entries()) {
    if (nic.team === undefined) continue;
    teams.set(nic.team, [...(teams.get(nic.team) ?? []), { nic, index }]);
  }
  return [...teams].flatMap(([team, members]): Problem[] => {
    const virtio = members.filter(({ nic }) => isVirtio(nic));
    const [last] = members.slice(-1);
    const path = ['interfaces', last?.index ?? 0, 'team'];
    if (virtio.length !== 1 || members.length !== 2) {
      const vfs = members.length - virtio.length;
      const problem = `team ${quote(team)}: virtio NICs: ${virtio.length}, VFs: ${vfs}`;
      return [{ path, problem, remedy: 'give it one of each' }];
    }
    const [one, other] = members;
    if (one?.nic.mac === other?.nic.mac) return [];
    const problem = `the two of team ${quote(team)} have different addresses`;
    return [{ path, problem, remedy: 'leave mac out of the VF' }];
  });
}

/** The first slot of the first bus is the machine's own, of q35 as of pc. */
export function guestAddressesAreForCards({ interfaces }: Guest): Problem[] {
  return interfaces.flatMap(({ guestAddress }, index) => {
    if (!guestAddress?.startsWith('0000:00:00.')) return [];
    const problem = `${quote(guestAddress)} is the machine's own`;
    const remedy = 'give another one, or leave it out';
    return [{ path: ['interfaces', index, 'guestAddress'], problem, remedy }];
  });
}

export function isOneTeam(a: Nic | undefined, b: Nic | undefined): boolean {
  return a?.team !== undefined && a.team === b?.team;
}
