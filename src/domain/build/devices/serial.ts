import type { Serial } from '../../../spec/guest.js';
import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';

/** Serial ports, ttyS0 and up. */
export function serials(guest: Guest): Element[] {
  return guest.serials.map((serial, port) =>
    element('serial', { type: kind(serial) }, [...source(serial), element('target', { port })]),
  );
}

/** A console is the first serial port once more; libvirt wants both to agree (virDomainDefAddConsoleCompat). */
export function console({ serials: [first], virtioConsole }: Guest): Element[] {
  const consoles: Element[] = [];
  if (first !== undefined) {
    const target = element('target', { type: 'serial', port: 0 });
    consoles.push(element('console', { type: kind(first) }, [...source(first), target]));
  }
  if (virtioConsole) {
    const target = element('target', { type: 'virtio', port: consoles.length });
    consoles.push(element('console', { type: 'pty' }, [target]));
  }
  return consoles;
}

function kind({ type }: Serial): string {
  return type === 'socket' ? 'unix' : type;
}

function source(serial: Serial): Element[] {
  switch (serial.type) {
    case 'pty':
      return [];
    case 'file':
      return [element('source', { path: serial.path })];
    case 'socket':
      return [element('source', { mode: 'bind', path: serial.path })];
  }
}
