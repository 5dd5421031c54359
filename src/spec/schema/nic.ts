import * as z from 'zod';
import {
  ADDRESS_LEARNING,
  GUARD,
  LINK,
  LISTENER,
  PORT_NAME,
  PORT_SETTINGS,
  SWITCH_SETTINGS,
} from '../../contract/bounds.js';
import { NIC_MTU } from '../../values/frame-mtu.js';
import { ADDRESSES_WANT, addressList } from '../../values/guards.js';
import { USUAL_LISTENER } from '../../values/guest-socket.js';
import { NETWORK_NAME } from '../../values/network-name.js';
import { PCI_ADDRESS } from '../../values/pci.js';
import { quote } from '../../values/problems.js';
import { GUEST_FOLDER } from '../../values/socket-path.js';
import { GUEST_VLAN_MODES } from '../../values/vlan-mode.js';
import { exactlyOne, mac, object, refused, socketPath, text } from '../fields.js';
import { count, list, oneOf, vlan, vlanList, yesNo } from './kinds.js';

const anyNic = {
  mac: mac.optional().describe("Default: made from the guest's name and the interface's index"),
  team: text(/^[A-Za-z0-9_-]{1,32}$/, 'give 1 to 32 of A-Z a-z 0-9 _ -')
    .optional()
    .describe(
      'A virtio NIC and a VF of one team are one NIC to the guest: fast on the VF, and migratable',
    ),
  guestAddress: text(PCI_ADDRESS, 'give a PCI address such as 0000:06:00.0')
    .optional()
    .describe("PCI address that the NIC has in the guest. Default: libvirt's choice"),
};

const HOST = ['csum', 'gso', 'tso4', 'tso6', 'ecn', 'ufo', 'mrg_rxbuf'] as const;
const GUEST = ['csum', 'tso4', 'tso6', 'ecn', 'ufo'] as const;

function switches<const T extends readonly string[]>(names: T) {
  const each = yesNo.optional().describe('Default: as both agree');
  return object(
    Object.fromEntries(names.map((name) => [name, each])) as Record<T[number], typeof each>,
  );
}

const offloads = z
  .union(
    [
      z.literal(false, { error: 'give false or a mapping of host and guest' }),
      object({
        host: switches(HOST).optional().describe('What the guest may leave to the host'),
        guest: switches(GUEST).optional().describe('What the host may leave to the guest'),
      }),
    ],
    { error: 'give false or a mapping of host and guest' },
  )
  .describe('false: none. Default: what guest and switch agree on');

const ring = z.literal([256, 512, 1024], { error: 'give 256, 512 or 1024' }).optional();

const QUEUES_MAX = SWITCH_SETTINGS.queue_limit.max;

const virtioNic = {
  ...anyNic,
  queues: count(1, QUEUES_MAX, 'queue pairs')
    .default(1)
    .describe(`Queue pairs; ${QUEUES_MAX} is the most that rte_vhost takes`),
  rxQueueSize: ring.describe("Descriptors of a receive ring. Default: QEMU's 256; 1024 for bursts"),
  txQueueSize: ring.describe("Descriptors of a transmit ring. Default: QEMU's 256"),
  mtu: count(NIC_MTU.min, NIC_MTU.max, 'bytes')
    .optional()
    .describe('Announced to the guest. Default: none'),
  packed: yesNo.default(false).describe('Offer packed rings, which cost less; the guest chooses'),
  offloads: offloads.optional(),
};

const vf = {
  ...anyNic,
  vlan: vlan.describe('The NIC tags and untags it; the guest cannot leave it. Default: none'),
};

const interfaceName = /^(?!\.{1,2}$)[^\s/:\p{Cc}]{1,15}$/u;
const libvirtNetwork = text(
  /^[^/\p{Cc}]{1,255}$/u,
  "give the name of one of libvirt's networks, such as default",
);

/** A network of the switch. */
export const switchNetwork = text(
  new RegExp(`^(?=.{1,${NETWORK_NAME.max}}$)${NETWORK_NAME.pattern.source.slice(1)}`),
  `give the name of one of the switch's networks: ${NETWORK_NAME.want}`,
);

const addressesError = `give a list of ${ADDRESSES_WANT}`;
const addresses = list(z.string({ error: addressesError })).superRefine((value, context) => {
  if (addressList(value) !== undefined) return;
  const problem = `${quote(value.join(','))} is no list of addresses of hosts`;
  refused(context, { problem, remedy: addressesError });
});

const rate = PORT_SETTINGS.inbound.max;

const limits = object({
  average: count(1, rate, 'KiB a second').describe('KiB a second'),
  peak: count(1, rate, 'KiB a second')
    .optional()
    .describe('KiB a second while a burst lasts. Default: any'),
  burst: count(1, rate, 'KiB')
    .optional()
    .describe('KiB beyond the average in one go. Default: those of a tenth of a second'),
}).optional();

/** Limits of a port. */
export const bandwidth = object({
  inbound: limits.describe('What reaches the guest; what is more is lost. Default: no limit'),
  outbound: limits.describe(
    'What the guest sends; what is more waits in its ring. Default: no limit',
  ),
});

export const nic = z.discriminatedUnion(
  'type',
  [
    object({
      type: z.literal('vhost-user').describe('A port of a user-space switch, such as vhost-switch'),
      ...virtioNic,
      socket: socketPath.optional().describe(`Default: ${GUEST_FOLDER}/NAME/INDEX.sock`),
      listener: oneOf(...LISTENER.values)
        .default(USUAL_LISTENER)
        .describe(
          'Who listens on the socket; the other one dials, and dials again. qemu: any process with its user may dial first, and gets the memory',
        ),
      reconnect: count(1, 3600, 'seconds')
        .optional()
        .describe('When the switch listens: QEMU dials again after so many seconds. Default: 1'),
      vlan: vlan.describe('VLAN of its port. Default: none'),
      network: switchNetwork
        .optional()
        .describe(
          "The switch's network that it is in (vmlane network add), instead of a VLAN: its VLAN is looked up at each start",
        ),
      vlanMode: oneOf(...GUEST_VLAN_MODES)
        .optional()
        .describe(
          'How its port stands in VLANs, as Open vSwitch has it. trunk: the guest tags its frames itself; native-tagged, native-untagged: those without a tag are in vlan; transparent: tags are carried within vlan. Default: access, in vlan alone',
        ),
      trunks: vlanList.optional().describe('VLANs that a trunk carries, as 10,20-29. Default: all'),
      link: oneOf(...LINK.values)
        .optional()
        .describe(
          'Whether it has a link: enable, yes; disable, none, so its port carries nothing; auto, yes, but in a relay that of the device at its other end. Default: auto',
        ),
      isolated: yesNo
        .optional()
        .describe('No frames pass between it and other isolated ports. Default: false'),
      pinned: yesNo
        .optional()
        .describe(
          'Its MAC is the only source address that its port lets in. false for a guest that forwards for others: nested bridges, VRRP, containers with a MAC of their own. Default: true, but not in a team',
        ),
      addressLimit: count(1, PORT_SETTINGS.address_limit.max, 'addresses')
        .optional()
        .describe(
          `Addresses that its port learns; protects the table. Default: ${PORT_SETTINGS.address_limit.default}`,
        ),
      floodLimit: count(1, PORT_SETTINGS.flood_limit.max, 'frames a second')
        .optional()
        .describe('Frames a second that its port floods. Default: any'),
      bandwidth: bandwidth
        .optional()
        .describe("Limits of its port, as libvirt's <bandwidth> has them. Default: none"),
      guards: list(oneOf(...GUARD.values))
        .min(1, { error: 'give at least one guard, or leave it out' })
        .optional()
        .describe(
          "What its port checks of the guest's frames, as libvirt's network filters: ipv4, ipv6 and arp are about ipAddresses, servers that it is no DHCP server and no router, others that there are no other protocols. Default: none",
        ),
      ipAddresses: addresses.optional().describe("The guest's own addresses, for its guards"),
      addressLearning: oneOf(...ADDRESS_LEARNING.values)
        .optional()
        .describe(
          "Whether IPv4 addresses are learnt for its guards: dhcp, from a server's answers; any, also the first that the guest uses. Default: none",
        ),
      dhcpServers: addresses
        .optional()
        .describe('The only DHCP servers whose answers reach the guest. Default: any'),
    }),
    object({
      type: z
        .literal('relay')
        .describe("The guest's end of a relay: a virtio NIC, all of whose frames are a VF's"),
      ...virtioNic,
      mac: mac
        .optional()
        .describe(
          "Default: that of the relay's VF, as cards refuse frames from another; without one as for other NICs",
        ),
      relay: text(
        new RegExp(`^(?=.{1,${PORT_NAME.max}}$)${PORT_NAME.pattern.source.slice(1)}`),
        `give the name of a relay, such as "3": ${PORT_NAME.want}`,
      ).describe('The relay, which the switch has (vmlane relay list) when the guest starts'),
      socket: socketPath.optional().describe(`The relay's. Default: ${GUEST_FOLDER}/RELAY/0.sock`),
      listener: oneOf(...LISTENER.values)
        .default(USUAL_LISTENER)
        .describe("Who listens on the relay's socket"),
      reconnect: count(1, 3600, 'seconds')
        .optional()
        .describe('When the switch listens: QEMU dials again after so many seconds. Default: 1'),
    }),
    object({
      type: z.literal('bridge').describe('A tap on a bridge of the host'),
      ...virtioNic,
      bridge: text(
        /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,15}$/,
        'give the name of a bridge, such as br0',
      ).describe('Bridge of the host'),
    }),
    object({
      type: z.literal('network').describe("One of libvirt's networks"),
      ...virtioNic,
      network: libvirtNetwork,
    }),
    object({
      type: z.literal('vf').describe('A virtual function of an SR-IOV NIC, for this guest alone'),
      ...vf,
      address: text(PCI_ADDRESS, 'give a PCI address such as 0000:3b:02.1').optional(),
      pf: text(interfaceName, 'give the name of a network device, such as ens1f0')
        .optional()
        .describe('Network device of the physical function, instead of address'),
      index: count(0, 65_535, 'the VF').optional().describe('Number of the VF on that pf'),
    }).superRefine((value, context) => {
      exactlyOne(['address', 'pf'], value, context);
      if ('pf' in value || 'index' in value) both(value, context);
    }),
    object({
      type: z.literal('vf-pool').describe('Any free virtual function of a libvirt network of them'),
      ...vf,
      network: libvirtNetwork.describe("Network with <forward mode='hostdev'>"),
    }),
  ],
  {
    // As in object(): lists the keys if the value is not a mapping.
    error: ({ input }) =>
      typeof input === 'object'
        ? 'give vhost-user, relay, bridge, network, vf or vf-pool'
        : 'type, mac, queues, …',
  },
);

function both(value: object, context: z.RefinementCtx): void {
  if ('pf' in value && 'index' in value) return;
  const [path, problem] = 'pf' in value ? ['index', 'is missing'] : ['pf', 'is missing'];
  context.addIssue({
    ...{ code: 'custom', path: [path], params: { problem } },
    message: 'give pf and index together, such as pf: ens1f0, index: 0',
  });
}
