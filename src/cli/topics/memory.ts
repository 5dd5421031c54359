import { DEVICE_MIB } from '../../switch/memory.js';

/** `vmlane help memory` */
export const text = `
The switch copies frames from the memory of one guest into that of another. So a guest's memory must be shared
with it, and the switch needs some of its own.

SHARED MEMORY

In a domain it is

  <memoryBacking>
    <source type='memfd'/>
    <access mode='shared'/>
  </memoryBacking>

which specs have from the beginning, and which 'vmlane domain convert' and qemu-wrap add. Only the switch gets it,
by the guest's socket. A guest with private memory has no network on the switch: 'vmlane domain validate'
and each start refuse it. A guest with encrypted memory cannot be on the switch at all.

HUGE PAGES

They make guest and switch faster, and are taken from the host for good. 'hugepages' in a spec asks for them; the
switch takes them when enough are free, else ordinary pages, and says so. How many the guests and the switch need
is added up by

  vmlane host plan web1.yaml
  vmlane host setup --pages 1GiB:5 --dry-run

Pages are allocated at once as far as memory allows, and in full after a reboot; pages of 1 GiB are best asked for at
boot. With --page-size 2MiB the switch takes pages of that size only and leaves others to guests.

THE SWITCH'S OWN

--memory of 'vmlane switch start' says how much; a device needs up to ${DEVICE_MIB} MiB of it for its frames, a guest
next to nothing.

NUMA

The switch takes the pages of the node that its devices are on. Frames that cross nodes are slower: 'vmlane domain
validate' warns when a guest's memory, its device and the processors of the switch are on different ones.
`;
