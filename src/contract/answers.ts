// Generated from native/protocol.yaml by `npm run generate`; change that, not this.

import {
  amount,
  type Check,
  count,
  counts,
  flag,
  listOf,
  nullable,
  object,
  oneOf,
  perhaps,
  text,
} from './check.js';
import type { MethodName, Results, SwitchEvent } from './types.js';

const port = object(
  {
    name: text,
    path: text,
    interface: perhaps(nullable(text)),
    device: perhaps(nullable(text)),
    listener: oneOf('qemu', 'switch'),
    mode: perhaps(oneOf('client', 'server')),
    vlan: count,
    vlan_mode: perhaps(
      oneOf('access', 'trunk', 'native-tagged', 'native-untagged', 'transparent', 'per-guest'),
    ),
    trunks: perhaps(nullable(text)),
    mac: perhaps(nullable(text)),
    other_macs: perhaps(count),
    address_limit: perhaps(count),
    flood_limit: perhaps(count),
    relay: perhaps(nullable(text)),
    link: perhaps(oneOf('auto', 'enable', 'disable')),
    isolated: perhaps(count),
    inbound: perhaps(count),
    inbound_peak: perhaps(count),
    inbound_burst: perhaps(count),
    outbound: perhaps(count),
    outbound_peak: perhaps(count),
    outbound_burst: perhaps(count),
    guards: perhaps(nullable(text)),
    ip_addresses: perhaps(nullable(text)),
    address_learning: perhaps(oneOf('none', 'dhcp', 'any')),
    dhcp_servers: perhaps(nullable(text)),
    peer_label: perhaps(nullable(text)),
    id: count,
    state: oneOf('waiting', 'up'),
    link_state: perhaps(oneOf('up', 'down')),
    queues: count,
    features: text,
    lcore: count,
    pinned: perhaps(flag),
    queue_lcores: perhaps(listOf(count)),
    pinned_queues: perhaps(listOf(count)),
    tag: perhaps(count),
    learned: perhaps(nullable(text)),
    captures: perhaps(count),
    peer_checked: perhaps(oneOf('no', 'connection', 'process')),
  },
  { listener: { key: 'mode', values: { qemu: 'client', switch: 'server' } } },
);

const hello = object({
  protocol: count,
  name: text,
  version: text,
  dpdk: text,
  pid: count,
  uptime: amount,
});

const methodInfo = object({
  name: text,
  summary: text,
  level: perhaps(oneOf('look', 'change', 'administer')),
  params: listOf(text),
});

const fdbEntry = object(
  {
    mac: text,
    vlan: count,
    own_tag: perhaps(flag),
    port: text,
    age: amount,
    pinned: perhaps(flag),
    fixed: perhaps(flag),
  },
  { pinned: { key: 'fixed' } },
);

const portStats = object({
  name: text,
  rx_packets: count,
  rx_bytes: count,
  tx_packets: count,
  tx_bytes: count,
  drops: counts,
  bad_chains: perhaps(count),
  refused: perhaps(count),
  wrong_label: perhaps(count),
  log_left_out: perhaps(count),
  broken: perhaps(count),
  nic: perhaps(counts),
});

const uplinkStats = object({
  rx_packets: count,
  rx_bytes: count,
  tx_packets: count,
  tx_bytes: count,
  drops: counts,
  nic: counts,
});

const lcoreStats = object({
  lcore: count,
  busy_cycles: count,
  busy_packets: count,
  balanced: perhaps(count),
  waits: perhaps(count),
  late: perhaps(count),
});

const fdbStats = object({
  entries: count,
  capacity: count,
  learned: count,
  moved: count,
  aged: count,
  evicted: count,
  refused: count,
});

const pairStats = object({ from: text, to: text, packets: count, bytes: count });

const stats = object(
  {
    ports: listOf(portStats),
    fdb: fdbStats,
    lcores: perhaps(listOf(lcoreStats)),
    cores: perhaps(listOf(lcoreStats)),
    tsc: perhaps(amount),
    uplink: perhaps(uplinkStats),
  },
  { lcores: { key: 'cores' } },
);

const traceReceiver = object({ port: text, tag: perhaps(amount) });

const traceDrop = object({ port: text, reason: text });

const lcoreInfo = object({
  lcore: count,
  cpu: count,
  node: perhaps(count),
  ports: count,
  queues: perhaps(count),
});

const bondMember = object({
  name: text,
  link: oneOf('up', 'down'),
  active: flag,
  actor: perhaps(listOf(text)),
  partner: perhaps(listOf(text)),
  partner_system: perhaps(text),
});

const deviceInfo = object({
  of: perhaps(text),
  port: count,
  name: text,
  driver: text,
  mac: text,
  node: perhaps(count),
  classification: oneOf('vmdq', 'software'),
  why: text,
  pools: count,
  rx_queues: count,
  mtu: count,
  promiscuous: flag,
  vlan_strip: flag,
  checksums: perhaps(flag),
  link: oneOf('up', 'down'),
  filters: count,
  filters_missed: perhaps(count),
  vlans: perhaps(text),
  bond_mode: perhaps(count),
  members: perhaps(listOf(bondMember)),
});

const switchEvent = object({
  time: text,
  event: oneOf(
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
  ),
  port: perhaps(text),
  mac: perhaps(text),
  vlan: perhaps(count),
  from: perhaps(text),
  reason: perhaps(text),
  count: perhaps(count),
  missed: perhaps(count),
});

const settings = object({
  ageing: count,
  hold: perhaps(count),
  move_limit: perhaps(count),
  queue_limit: perhaps(count),
  idle_sleep: count,
  idle_wait: perhaps(count),
  stats: count,
  rx_retry: count,
  rx_retry_num: count,
  rx_retry_delay: count,
  message_limit: perhaps(count),
  log_limit: perhaps(count),
  log_level: perhaps(count),
  guest_memory: perhaps(count),
  guest_memory_all: perhaps(count),
  client_idle: perhaps(count),
  balance: perhaps(count),
  balance_sensitivity: perhaps(count),
  balance_interval: perhaps(count),
});

const switchInfo = object({
  lcores: listOf(lcoreInfo),
  devices: perhaps(listOf(deviceInfo)),
  uplink: perhaps(deviceInfo),
  vm2vm: count,
  mergeable: flag,
  tx_csum: perhaps(flag),
  tso: perhaps(flag),
  features: perhaps(text),
  max_frame: count,
  max_ports: count,
  settings: settings,
});

/** The check of each method's result. */
export const answers: { readonly [M in MethodName]: Check<Results[M]> } = {
  'capture.start': object({ ports: count }),
  'events.watch': object({ changed: flag }),
  'fdb.list': object({ entries: listOf(fdbEntry), total: count, next: perhaps(count) }),
  hello: hello,
  'method.list': object({ methods: listOf(methodInfo) }),
  'pairs.get': object({ pairs: listOf(pairStats) }),
  'port.add': object({ changed: flag, port: port }),
  'port.list': object({ ports: listOf(port) }),
  'port.remove': object({ changed: flag }),
  'port.set': object({ changed: flag, port: port }),
  'stats.get': stats,
  'switch.info': switchInfo,
  'switch.set': object({ changed: flag, settings: settings }),
  'trace.frame': object({
    vlan: count,
    source: text,
    source_at: perhaps(text),
    destination_at: perhaps(text),
    flooded: flag,
    to: listOf(traceReceiver),
    drops: listOf(traceDrop),
  }),
};

/** The check of what a switch says unasked. */
export const eventCheck: Check<SwitchEvent> = switchEvent;
