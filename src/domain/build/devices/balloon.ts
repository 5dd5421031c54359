import { withoutBalloon } from '../../../spec/checks/devices.js';
import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';

/** A balloon shows the guest's memory use to the host, and takes memory from it. */
export function balloon(guest: Guest): Element[] {
  return [element('memballoon', { model: withoutBalloon(guest) ? 'none' : 'virtio' })];
}
