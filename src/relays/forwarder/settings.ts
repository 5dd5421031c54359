/** virtio-forwarder's settings, and what each is here. */

/** What becomes of a setting that is neither blank nor taken. */
export interface Fate {
  verdict: 'not needed' | 'not served';
  why: string;
}

const notNeeded = (why: string): Fate => ({ verdict: 'not needed', why });
const notServed = (why: string): Fate => ({ verdict: 'not served', why });

const CONTROL = notNeeded(
  "there is one control socket, for 'vmlane relay' and all else; a port-control call is 'vmlane relay port-control'",
);
const SAME_NODE = notNeeded(
  "always so: a relay starts on lcores of its device's node, if there are any",
);

/** Settings that become settings of the switch, or parts of its relays. */
export const TAKEN = [
  'VIRTIOFWD_CPU_MASK',
  'VIRTIOFWD_CPU_PINS',
  'VIRTIOFWD_SOCKET_DIR',
  'VIRTIOFWD_SOCKET_FNAME_PATTERN',
  'VIRTIOFWD_SOCKET_GROUP',
  'VIRTIOFWD_VHOST_CLIENT',
  'VIRTIOFWD_JUMBO',
  'VIRTIOFWD_MRGBUF',
  'VIRTIOFWD_TSO',
  'VIRTIOFWD_STATIC_VFS',
  'VIRTIOFWD_DYNAMIC_SOCKETS',
  'VIRTIOFWD_BIND_VFIO_PCI',
  'VIO4WD_CORE_SCHED_ENABLE',
  'VIO4WD_CORE_SCHED_SENSITIVITY',
  'VIO4WD_CORE_SCHED_POLL_INTERVAL',
] as const;

/** A setting that is taken. */
export type Taken = (typeof TAKEN)[number];

/** All others. */
export const OTHERS: Readonly<Record<string, Fate>> = {
  VIRTIOFWD_MASTER_LCORE: notNeeded('control has a thread of its own, on no lcore'),
  VIRTIOFWD_CPU_NIC_SAME_NUMA: SAME_NODE,
  VIRTIOFWD_LOG_LEVEL: notServed('the switch logs at one level; see its journal'),
  VIRTIOFWD_PID_DIR: notNeeded("there is no PID file: 'vmlane switch info' says the PID"),
  VIRTIOFWD_BINARY: notNeeded('vmlane finds its own program'),
  VIRTIOFWD_HUGETLBFS_MOUNT_POINT: notNeeded(
    "the switch leaves no files on a mount; guests' pages are 'vmlane host setup --pages'",
  ),
  VIRTIOFWD_SOCKET_OWNER: notNeeded(
    "sockets are the switch's, and QEMU reaches them by their group: see SOCKET_GROUP",
  ),
  VIRTIOFWD_ZERO_COPY: notServed('DPDK has removed it; frames are copied once'),
  VIRTIOFWD_VFIO_VF_TOKEN: notNeeded(
    "not shown, not taken over: a switch with a PF that needs a token makes its own; another program's PF: --vf-token-file",
  ),
  VIRTIOFWD_ZMQ_CONFIG_EP: CONTROL,
  VIRTIOFWD_ZMQ_PORT_CONTROL_EP: CONTROL,
  VIRTIOFWD_ZMQ_STATS_EP: notNeeded("'vmlane relay stats' asks the switch itself"),
  VIRTIOFWD_ZMQ_CORE_SCHED_EP: CONTROL,
  VIRTIOFWD_OVSDB_SOCK_PATH: notServed(
    "Open vSwitch's database is not watched: add relays by 'vmlane relay add'",
  ),
  VIRTIOFWD_IPC_PORT_CONTROL: notServed(
    "no file of commands is watched: the same words go to 'vmlane relay port-control'",
  ),
  VIO4WD_CORE_SCHED_LOG_LEVEL: notServed("a line of the switch's log for each move"),
  VIO4WD_CORE_SCHED_GLOBAL_NUMA_OPT: SAME_NODE,
};

/** Where virtio-forwarder's sockets are unless its file says otherwise. */
export const SOCKETS = {
  folder: '/tmp/virtio-forwarder',
  pattern: 'virtio-forwarder%u.sock',
} as const;
