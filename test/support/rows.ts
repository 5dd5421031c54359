/** What is tried, and which tests do. */
export interface Row {
  key: string;
  what: string;
  /** Files of tests, below test/; absent: nobody has tried it yet. */
  tests?: RegExp;
}

export const ROWS: readonly Row[] = [
  { key: 'guests', what: 'guests of libvirt and of `qemu-wrap`, emulated (TCG)', tests: /^vm\// },
  { key: 'kvm', what: 'guests on KVM' },
  { key: 'demo', what: '`vmlane demo`', tests: /^vm\/trial\.test/ },
  { key: 'huge-pages', what: 'huge pages', tests: /^(vm|demo)\/huge-pages\.test/ },
  { key: 'nodes', what: 'two NUMA nodes, emulated', tests: /^testbed\/placement\.slow/ },
  { key: 'kernel-card', what: 'a network card of the kernel (macvtap)', tests: /^vm\/nic\.test/ },
  {
    key: 'vfs',
    what: 'VFs of a card, and VMDq: an emulated Intel 82576',
    tests: /^testbed\/(sriov|switch|relay|two-cards|vmlane-sriov|pf-and-vfs)\./,
  },
  { key: 'guest-dpdk', what: 'DPDK in a guest', tests: /^testbed\/dpdk\.test/ },
  { key: 'card', what: 'a physical network card' },
  { key: 'apparmor', what: "AppArmor, with libvirt's profiles", tests: /^testbed\/apparmor\.test/ },
  { key: 'labels', what: 'labels of AppArmor and SELinux', tests: /^testbed\/labels\.test/ },
  { key: 'selinux', what: 'SELinux that confines QEMU', tests: /^server\/selinux\./ },
  { key: 'switch', what: 'the switch, with guests without a VM', tests: /^switching\// },
  { key: 'packages', what: 'the Debian packages, on a bare system', tests: /^packages\/install\./ },
  {
    key: 'upgrade',
    what: "an upgrade from Debian 12 to 13 with both's packages",
    tests: /^packages\/to-13\./,
  },
  { key: 'server', what: 'a booted server, from its installation on', tests: /^server\// },
];
