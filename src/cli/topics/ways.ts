/** A way to bring a guest to the switch. */
export interface Way {
  /** Whose it is. */
  guest: string;
  name: string;
  /** What is done, as prose (prose.ts). */
  text: string;
  /** What one types first; it changes nothing. */
  first: string;
}

/** All of them; the README's table has the same rows (test/readme.test.ts). */
export const WAYS: readonly Way[] = [
  {
    guest: 'a guest that libvirt has',
    name: 'convert',
    text: `'vmlane domain convert' changes its definition once, and takes it back with --revert. This is the usual way.`,
    first: 'vmlane domain convert --domain old1 --diff',
  },
  {
    guest: 'a new guest',
    name: 'spec',
    text: `write a spec, a short YAML file, and 'vmlane domain define' it. The domain has all that the switch needs.`,
    first: 'vmlane domain example server',
  },
  {
    guest: 'a guest whose definition must stay',
    name: 'wrap',
    text: `'vmlane wrap install' has qemu-wrap rewrite the arguments of its QEMU at each start. Also for tools that write the definition anew each time, and for QEMU without libvirt.`,
    first: 'vmlane wrap install old1 --dry-run',
  },
  {
    guest: 'a guest that needs a card of its own',
    name: 'VF',
    text: `a VF, passed through to it (convert --vf, or in a spec). The switch does not see its frames; the guest needs the card's driver and cannot move to another host while it runs.`,
    first: 'vmlane sriov list',
  },
  {
    guest: 'the same, with a virtio card in the guest',
    name: 'relay',
    text: `a relay joins a VF and the guest ('vmlane help relays').`,
    first: 'vmlane relay list',
  },
];

/** `vmlane help ways` */
export const text = `
A guest comes to the switch in one of these ways. In all of them the guest sees a virtio network card, and
its MAC stays.

WHICH IS MINE

${WAYS.map(({ guest, text }) => `- ${guest}: ${text}`).join('\n')}

CONVERT

The NICs of the domain move to the switch, its memory becomes shared ('vmlane help memory'), and everything
else stays byte for byte. Look at it first:

  vmlane domain convert --domain old1 --diff
  vmlane domain convert --domain old1 > old1.xml
  vmlane domain define old1.xml

For the guest to keep its network, attach the switch to that first ('vmlane help networks').

SPEC

  vmlane domain validate web1.yaml
  vmlane domain define web1.yaml
  vmlane domain start web1

'vmlane domain apply' does this for a folder of files, again and again.

WRAP

  vmlane wrap explain -- -m 1G -netdev tap,id=n0 -device virtio-net-pci,netdev=n0
  vmlane wrap install old1 --dry-run
  vmlane wrap install old1

WHO STARTS IT

'vmlane domain start' adds the guest's ports to the switch and then starts it. Where virsh, autostart or a
management tool starts guests, install libvirt's hook, which does the same: 'vmlane hook install'. Guests that
qemu-wrap runs as QEMU's own user, as libvirt does, need it, too: only root may add ports.
`;
