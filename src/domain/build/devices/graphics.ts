import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';
import type { Target } from '../target.js';

/** A screen; without an address libvirt takes the one of its qemu.conf. Listening on a socket is libvirt 2.0. */
export function graphics({ graphics: wanted }: Guest): Element[] {
  if (wanted === undefined) return [];
  const { protocol: type, listen, port, socket } = wanted;
  if (socket !== undefined) {
    return [element('graphics', { type }, [element('listen', { type: 'socket', socket })])];
  }
  const at = port === undefined ? { port: -1, autoport: 'yes' } : { port, autoport: 'no' };
  const address =
    listen === undefined ? [] : [element('listen', { type: 'address', address: listen })];
  return [element('graphics', { type, ...at }, address)];
}

export function video({ video: type }: Guest, target: Target): Element[] {
  if (type === undefined) return [];
  const since = { bochs: '5.6', none: '4.6' }[type];
  if (since !== undefined) target.need(since, `video ${type}`, 'give virtio or vga');
  return [element('video', {}, [element('model', { type })])];
}

export function tablet({ tablet: bus }: Guest): Element[] {
  return bus === undefined ? [] : [element('input', { type: 'tablet', bus })];
}
