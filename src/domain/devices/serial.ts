import type { Serial } from '../../spec/guest.js';
import type { Guest } from '../../spec/index.js';
import { type Element, element } from '../xml.js';

/** Serial ports, ttyS0 and up. */
export function serials(guest: Guest): Element[] {
  return guest.serials.map((serial, port) =>
    element('serial', { type: kind(serial) }, [...source(serial), element('target', { port })]),
  );
}

/** The console is the first serial port once more; libvirt wants both to agree (virDomainDefAddConsoleCompat). */
export function console({ serials: [first] }: Guest): Element[] {
  if (first === undefined) return [];
  const target = element('target', { type: 'serial', port: 0 });
  return [element('console', { type: kind(first) }, [...source(first), target])];
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
