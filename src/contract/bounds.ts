// Generated from native/protocol.yaml by `npm run generate`; change that, not this.

/** The protocol version of both sides. */
export const PROTOCOL_VERSION = 1;

/** Where a switch listens by default. */
export const DEFAULT_CONTROL_SOCKET = '/run/vmlane/switch.sock';

/** Folder of the device nodes of macvtaps that are ports: root's. */
export const DEVICE_NODES = '/dev/vmlane';

/** How names of static relays' ports begin. */
export const STATIC_PORTS = 'static:';

/** Limits of the protocol. */
export const LIMITS = {
  /** A request's line, its newline included */
  request_bytes: 65536,
  /** An answer's line that vmlane's client accepts */
  answer_bytes: 8388608,
  /** Unread answers of a client; beyond that it is disconnected */
  waiting_bytes: 4194304,
  /** Unread events of a client; what comes beyond that it misses */
  watch_bytes: 262144,
  /** Connections at once */
  clients: 64,
  /** Ports of a switch */
  ports: 1023,
  /** Captures at once */
  captures: 64,
  /** Members of a bond */
  bond_members: 8,
} as const;

/** Port name. */
export const PORT_NAME = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._:-]*$/,
  max: 63,
  want: '1 to 63 letters, digits or . _ : -, the first a letter or digit',
} as const;

/** Path. */
export const SOCKET_PATH = {
  max: 107,
  want: 'an absolute path of at most 107 bytes without .. or control characters',
} as const;

/** Mac. */
export const MAC = { want: 'a unicast address as "52:54:00:12:34:56", or null' } as const;

/** Vlan. */
export const VLAN = { min: 0, max: 4094 } as const;

/** Peer label. */
export const PEER_LABEL = {
  pattern: /^[!-~]+$/,
  max: 255,
  want: '1 to 255 printable ASCII characters without blanks, or null',
} as const;

/** Interface name. */
export const INTERFACE_NAME = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  max: 15,
  want: '1 to 15 letters, digits or . _ -, the first a letter or digit, or null',
} as const;

/** Listener. */
export const LISTENER = { values: ['qemu', 'switch'], want: '"qemu" or "switch"' } as const;

/** Vlan mode. */
export const VLAN_MODE = {
  values: ['access', 'trunk', 'native-tagged', 'native-untagged', 'transparent', 'per-guest'],
  want: '"access", "trunk", "native-tagged", "native-untagged" or "transparent"; of a device also "per-guest"',
} as const;

/** Link. */
export const LINK = {
  values: ['auto', 'enable', 'disable'],
  want: '"auto", "enable" or "disable"',
} as const;

/** Vlan list. */
export const VLAN_LIST = {
  pattern: /^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$/,
  max: 4095,
  want: 'VLANs 1 to 4094 and ranges of them, as "10,20-29", or null',
} as const;

/** Device name. */
export const DEVICE_NAME = {
  pattern: /^[A-Za-z0-9][!-~]*$/,
  max: 255,
  want: 'a device as the EAL takes it, as "0000:3b:00.0" or "net_tap0,iface=up0", or null',
} as const;

/** Address list. */
export const ADDRESS_LIST = {
  pattern: /^[0-9A-Fa-f.:]+(,[0-9A-Fa-f.:]+)*$/,
  max: 735,
  want: '1 to 16 unicast addresses of IPv4 and IPv6 with commas between, as "10.0.0.5,fd00::5", or null',
} as const;

/** Guard. */
export const GUARD = {
  values: ['ipv4', 'ipv6', 'arp', 'servers', 'others'],
  want: 'ipv4, ipv6, arp, servers or others',
} as const;

/** Guard list. */
export const GUARD_LIST = {
  pattern: /^[a-z0-9]+(,[a-z0-9]+)*$/,
  max: 63,
  want: 'ipv4, ipv6, arp, servers and others, as far as wanted, with commas between, or null',
} as const;

/** Address learning. */
export const ADDRESS_LEARNING = {
  values: ['none', 'dhcp', 'any'],
  want: '"none", "dhcp" or "any"',
} as const;

/** Client level. */
export const LEVEL = { values: ['look', 'change', 'administer'] } as const;

/** Event name. */
export const EVENT = {
  values: [
    'port-added',
    'port-changed',
    'port-removed',
    'port-up',
    'port-down',
    'link-up',
    'link-down',
    'address-learned',
    'address-moved',
    'address-refused',
    'limit',
    'missed',
  ],
} as const;

/** Settings of a port. `fixed`: only in port.add. */
export const PORT_SETTINGS = {
  name: { fixed: true, describe: "The port's name" },
  path: { fixed: true, describe: 'Its vhost-user socket' },
  interface: { default: null, fixed: true, describe: "The host's interface that the port is" },
  device: { default: null, fixed: true, describe: 'The DPDK device that the port is' },
  listener: {
    default: 'qemu',
    fixed: true,
    describe: 'Who listens on the socket; the other one dials',
    formerly: { key: 'mode', values: { qemu: 'client', switch: 'server' } },
  },
  vlan: { min: 0, max: 4094, default: 0, describe: 'VLAN of the port; 0: none' },
  vlan_mode: { default: 'access', describe: 'How the port stands in VLANs' },
  trunks: { default: null, describe: 'VLANs that a trunk carries, as 10,20-29, or all' },
  mac: {
    default: null,
    describe: "The port's own address, and the only accepted source; none: any",
  },
  other_macs: {
    min: 0,
    max: 1,
    default: 0,
    describe: '1: other source addresses than its MAC are accepted, too',
  },
  address_limit: {
    min: 1,
    max: 65536,
    default: 4096,
    describe: 'Limit on addresses learned at this port',
  },
  flood_limit: {
    min: 0,
    max: 100000000,
    default: 0,
    describe: 'Limit on flooded frames per second; 0: no limit',
  },
  relay: {
    default: null,
    describe: 'The relay that it is an end of: frames go to its other end, whatever they are',
  },
  link: {
    default: 'auto',
    describe:
      'Whether its guest has a link; auto: yes, but in a relay that of the device at its other end',
  },
  isolated: {
    min: 0,
    max: 1,
    default: 0,
    describe: '1: no frames pass between it and other isolated ports',
  },
  inbound: {
    min: 0,
    max: 12500000,
    default: 0,
    describe: 'Limit on what reaches the guest in KiB a second; 0: no limit',
  },
  inbound_peak: {
    min: 0,
    max: 12500000,
    default: 0,
    describe: 'Limit while its burst lasts, in KiB a second; 0: no limit',
  },
  inbound_burst: {
    min: 0,
    max: 12500000,
    default: 0,
    describe: 'KiB beyond the average in one go; 0: those of a tenth of a second',
  },
  outbound: {
    min: 0,
    max: 12500000,
    default: 0,
    describe: 'Limit on what the guest sends in KiB a second; 0: no limit',
  },
  outbound_peak: {
    min: 0,
    max: 12500000,
    default: 0,
    describe: 'Limit while its burst lasts, in KiB a second; 0: no limit',
  },
  outbound_burst: {
    min: 0,
    max: 12500000,
    default: 0,
    describe: 'KiB beyond the average in one go; 0: those of a tenth of a second',
  },
  guards: {
    default: null,
    describe:
      "What the guest's frames are checked for: ipv4, ipv6, arp, servers, others, with commas between; none: nothing",
  },
  ip_addresses: {
    default: null,
    describe: "The guest's own IP addresses, for its guards, with commas between",
  },
  address_learning: {
    default: 'none',
    describe: 'From what IPv4 addresses beside those are learnt',
  },
  dhcp_servers: {
    default: null,
    describe: 'The only DHCP servers whose answers reach the guest, with commas between; none: any',
  },
  peer_label: {
    default: null,
    describe:
      "The only security label that its guest's QEMU may have (AppArmor profile, SELinux context); none: any",
  },
} as const;

/** Settings of a switch: at its start, and changed while it runs. */
export const SWITCH_SETTINGS = {
  ageing: {
    min: 1,
    max: 1000000,
    default: 300,
    unit: 'SECONDS',
    describe: 'Seconds until a silent address is forgotten',
  },
  hold: {
    min: 0,
    max: 1000000,
    default: 3,
    unit: 'SECONDS',
    describe: 'Seconds of silence before another port takes an address; 0: at once',
  },
  move_limit: {
    min: 0,
    max: 1000000,
    default: 100,
    unit: 'N',
    describe: 'Addresses per second that a port may take from others',
  },
  queue_limit: {
    min: 1,
    max: 128,
    default: 16,
    unit: 'N',
    describe: "Limit on a guest's queue pairs",
  },
  idle_sleep: {
    min: 0,
    max: 100000,
    default: 0,
    unit: 'US',
    describe: 'Microseconds to sleep when idle; 0: poll',
  },
  idle_wait: {
    min: 0,
    max: 2,
    default: 2,
    unit: '0|1|2',
    describe:
      "Wait for guests' kicks when idle; 0: never, 1: always, 2: not on isolated processors",
  },
  stats: {
    min: 0,
    max: 86400,
    default: 0,
    unit: 'SECONDS',
    describe: 'Seconds between tables in the log; 0: none',
  },
  rx_retry: {
    min: 0,
    max: 1,
    default: 1,
    unit: '0|1',
    describe: 'Wait for a guest with a full ring, device to guest',
  },
  rx_retry_num: { min: 0, max: 100, default: 4, unit: 'N', describe: 'Number of waits' },
  rx_retry_delay: { min: 0, max: 1000, default: 15, unit: 'US', describe: 'Microseconds per wait' },
  message_limit: {
    min: 0,
    max: 1000000,
    default: 1000,
    unit: 'N',
    describe:
      'Limit on vhost-user messages per second and port, bursts of ten times that; 0: no limit',
  },
  log_limit: {
    min: 0,
    max: 100000,
    default: 20,
    unit: 'LINES',
    describe: 'Limit on log lines per second and port, bursts of ten times that; 0: no limit',
  },
  log_level: {
    min: 0,
    max: 8,
    default: 0,
    unit: 'LEVEL',
    describe:
      "Log lines up to this level: 4 errors, 5 warnings, 6 notices, 7 information, 8 debugging; 0: what the EAL's --log-level says",
  },
  guest_memory: {
    min: 0,
    max: 1073741824,
    default: 0,
    unit: 'MIB',
    describe: "Limit on a guest's shared memory in MiB; 0: the host's memory",
  },
  guest_memory_all: {
    min: 0,
    max: 1073741824,
    default: 0,
    unit: 'MIB',
    describe: "Limit on all guests' shared memory in MiB; 0: eight times the host's",
  },
  client_idle: {
    min: 1,
    max: 86400,
    default: 300,
    unit: 'SECONDS',
    describe: 'Seconds until a client that asks nothing is disconnected',
  },
  balance: {
    min: 0,
    max: 1,
    default: 0,
    unit: '0|1',
    describe:
      '1: queue pairs move between lcores of a NUMA node, towards equal load; pinned ones stay',
  },
  balance_sensitivity: {
    min: 1,
    max: 100,
    default: 25,
    unit: 'N',
    describe: "Percent of an lcore by which a move must bring two lcores' loads closer",
  },
  balance_interval: {
    min: 1,
    max: 3600,
    default: 5,
    unit: 'SECONDS',
    describe: 'Seconds between two looks at the loads',
  },
} as const;

/** Bounds of the parameters other than settings. */
export const PARAMETERS = {
  'capture.start': {
    snap: { min: 1, max: 262144, default: 262144, describe: 'Bytes of a frame at most' },
  },
  'fdb.list': {
    vlan: { min: 0, max: 4094, describe: 'Only this VLAN' },
    limit: { min: 1, max: 10000, default: 10000, describe: 'Maximum number of entries' },
    after: { min: 0, max: 4294967295, describe: '`next` of an answer: go on there' },
  },
  hello: { protocol: { min: 0, max: 2147483647, describe: "The caller's protocol version" } },
  'pairs.get': { limit: { min: 1, max: 1000, default: 100, describe: 'Maximum number of pairs' } },
  'port.set': {
    lcore: {
      min: -1,
      max: 127,
      describe: 'The forwarding lcore that polls it (see switch info), -1: the switch chooses',
    },
    queue: {
      min: 0,
      max: 127,
      describe: 'The queue pair that the lcore or processor is for, from 0; all of them without',
    },
  },
} as const;

/** The least level that a client needs to call each method. */
export const METHOD_LEVELS = {
  'capture.start': 'administer',
  'events.watch': 'look',
  'fdb.list': 'look',
  hello: 'look',
  'method.list': 'look',
  'pairs.get': 'look',
  'port.add': 'change',
  'port.list': 'look',
  'port.remove': 'change',
  'port.set': 'change',
  'stats.get': 'look',
  'switch.info': 'look',
  'switch.set': 'administer',
  'trace.frame': 'look',
} as const;

/** Why a frame was dropped, and where this is counted: at its receiver, its sender or a device. */
export const DROP_REASONS = {
  ring_full: { side: 'receiver', meaning: 'the guest does not empty its receive ring' },
  ring_busy: { side: 'receiver', meaning: 'another lcore held the receive ring for too long' },
  buffer_small: {
    side: 'receiver',
    meaning: "the guest's next receive buffer is too small for it",
  },
  ring_costly: {
    side: 'receiver',
    meaning: 'its receive buffers take more work than its share of the lcore allows',
  },
  rate_limit: { side: 'receiver', meaning: 'more than its limit `inbound`' },
  not_ready: { side: 'receiver', meaning: 'no guest, or its rings are stopped' },
  link_down: { side: 'receiver', meaning: 'its link is down, by its setting `link`' },
  interface_down: {
    side: 'receiver',
    meaning: "the host's interface is down, or the kernel does not take the frame",
  },
  same_port: { side: 'sender', meaning: "the destination is behind the frame's own port" },
  too_short: { side: 'sender', meaning: 'less than an Ethernet header' },
  too_long: {
    side: 'sender',
    meaning:
      'more than 1,522 bytes (65,535 with `--mergeable 1`); for a frame to be segmented, its segments; at a device, also more than its MTU (counted there)',
  },
  bad_source: { side: 'sender', meaning: 'source address is multicast or zero' },
  vlan_tagged: {
    side: 'sender',
    meaning:
      'a tagged frame from a port that is in a VLAN, a mere priority tag excepted; at a device with a tag per guest, a second tag behind that of such a port; one that would leave by a port that is in its VLAN without a tag',
  },
  isolated: { side: 'sender', meaning: "both its port and the destination's are isolated" },
  vlan_unknown: {
    side: 'sender',
    meaning:
      'a tag of a VLAN that the trunk does not carry, or none at a trunk without a native VLAN',
  },
  no_port: {
    side: 'sender',
    meaning: 'nobody else is in that VLAN; or the relay has no other end',
  },
  spoofed: { side: 'sender', meaning: "its source is not the port's `mac`, and `other_macs` is 0" },
  spoofed_ip: {
    side: 'sender',
    meaning:
      "guard ipv4 or ipv6: its source is none of the guest's addresses; or a request of DHCP for another MAC than its source, or another address",
  },
  spoofed_arp: {
    side: 'sender',
    meaning:
      "guard arp: neither a request nor a reply, or its sender's MAC is not the frame's source and the port's `mac`, or its address none of the guest's, or a probe for such",
  },
  spoofed_nd: {
    side: 'sender',
    meaning:
      "guard ipv6: neighbour discovery for an address that is none of the guest's, with another MAC than the port's `mac` (without one: the frame's source), or in fragments",
  },
  rogue_server: {
    side: 'sender',
    meaning:
      'guard servers: the guest answers as a DHCP server or router, or relays for one; or the guest that it is for has `dhcp_servers`, and it comes from none of these (counted there)',
  },
  other_protocol: {
    side: 'sender',
    meaning:
      'guard others: a protocol that no other guard of the port checks, from the guest or for it (counted at the guarded port)',
  },
  unreadable: {
    side: 'sender',
    meaning:
      'its port has guards, and its headers are cut short, malformed, too long to be read, or say what it is in SNAP',
  },
  address_held: {
    side: 'sender',
    meaning:
      'its source address is in use elsewhere: it is the `mac` of a port, or has not been silent for `hold` yet; at a device, it is the `mac` of a guest here',
  },
  flood_limit: {
    side: 'sender',
    meaning:
      'more flooded frames per second than the port may send, or more than 100 announcements by QEMU',
  },
  address_limit: {
    side: 'sender',
    meaning: 'QEMU announces an address that the port has no room to learn',
  },
  tag_unknown: { side: 'device', meaning: 'no tag, or a tag of no port that is up' },
  unmatched: {
    side: 'device',
    meaning: 'no guest behind that tag has the destination, and the switch is not promiscuous',
  },
  multicast: {
    side: 'device',
    meaning: 'broadcast or multicast, and the switch is not promiscuous',
  },
  no_buffer: { side: 'device', meaning: 'no buffer for a frame to be sent' },
  reserved: { side: 'device', meaning: "a frame of LACP's for a bond that speaks LACP itself" },
  bad_offload: {
    side: 'sender',
    meaning:
      "its virtio-net header asks for an impossible offload, for one not negotiated, or for a checksum within tags or what its port's guards read; at a device, the NIC's driver refuses it, or the kernel has merged it in a way that it cannot say",
  },
  too_fine: {
    side: 'sender',
    meaning:
      'it is to be cut into TCP segments of less than 48 bytes, or into more than 128 and flooded',
  },
} as const;

/** What happens in a switch, for who watches it. */
export const EVENTS = {
  'port-added': { meaning: 'a port was added' },
  'port-changed': { meaning: 'its settings were changed, or the lcores that poll it' },
  'port-removed': { meaning: 'it was removed' },
  'port-up': { meaning: 'its guest came: its rings run; its interface or device is there' },
  'port-down': { meaning: 'its guest, interface or device is gone' },
  'link-up': { meaning: 'its link is up' },
  'link-down': {
    meaning: 'its link is down, by its setting `link`, or as that of the port `from` is',
  },
  'address-learned': { meaning: 'an address was learned at a port that is no device' },
  'address-moved': { meaning: 'it took an address from the port `from`' },
  'address-refused': {
    meaning:
      'it uses an address that the port `from` has, or took too many; its frames are dropped as `address_held`. Once a second for each port',
  },
  limit: { meaning: 'it ran into a limit, `reason`. Once in ten seconds for each port and reason' },
  missed: {
    meaning:
      'here events are missing: they came faster than they were read, or than the switch could note them',
  },
} as const;

/** Error codes. */
export const ERRORS = {
  /** The line is not JSON; `id` is null */
  parse: -32700,
  /** Not a request */
  request: -32600,
  /** No such method */
  method: -32601,
  /** A parameter is missing, unknown or out of range; `data.param` names it */
  params: -32602,
  /** The switch failed; the message says where */
  internal: -32603,
  /** Protocol versions do not agree; `data.supported` lists this switch's */
  version: -32001,
  /** Conflict with what exists */
  conflict: -32002,
  /** Too many clients */
  clients: -32003,
  /** The client's level does not allow it; `data.level` is the one needed */
  denied: -32004,
} as const;
