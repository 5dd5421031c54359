import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';

/** Entropy, so that a fresh guest does not wait for it. /dev/urandom never blocks (allowed since libvirt 1.3.4). */
export function rng(): Element[] {
  return [
    element('rng', { model: 'virtio' }, [element('backend', { model: 'random' }, '/dev/urandom')]),
  ];
}
