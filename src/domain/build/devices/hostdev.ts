import type { Hostdev } from '../../../spec/guest.js';
import type { Guest } from '../../../spec/index.js';
import { pciAttributes } from '../../../values/pci.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';
import type { Target } from '../target.js';

export function hostdevs(guest: Guest, target: Target): Element[] {
  return guest.hostdevs.map((one) => hostdev(one, target));
}

/** A device that libvirt takes from its driver and returns (managed); a mediated one needs none of that (3.2). */
function hostdev(one: Hostdev, target: Target): Element {
  const { type } = one;
  const of = { mode: 'subsystem', type };
  switch (type) {
    case 'pci': {
      const address = element('address', pciAttributes(one.address));
      return element('hostdev', { ...of, managed: 'yes' }, [element('source', {}, [address])]);
    }
    case 'usb': {
      const ids = [
        element('vendor', { id: `0x${one.vendor}` }),
        element('product', { id: `0x${one.product}` }),
      ];
      return element('hostdev', { ...of, managed: 'yes' }, [element('source', {}, ids)]);
    }
    case 'mdev': {
      target.need('3.2', `mdev ${one.uuid}`, 'leave it out');
      const address = element('address', { uuid: one.uuid });
      return element('hostdev', { ...of, managed: 'no', model: 'vfio-pci' }, [
        element('source', {}, [address]),
      ]);
    }
  }
}
