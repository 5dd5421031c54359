import type { Guest } from '../../spec/index.js';
import { type Element, element } from '../../xml/build.js';
import { portSettings } from '../ports-metadata.js';
import { cpu, cputune, iothreads, vcpu } from './cpu.js';
import { agentChannel } from './devices/agent.js';
import { balloon } from './devices/balloon.js';
import { controllers } from './devices/controller.js';
import { disks } from './devices/disk.js';
import { emulator } from './devices/emulator.js';
import { interfaces } from './devices/interface.js';
import { rng } from './devices/rng.js';
import { console, serials } from './devices/serial.js';
import { clock, events, features, powerManagement } from './machine.js';
import { memory, memoryBacking, numatune } from './memory.js';
import { os } from './os.js';
import type { Target } from './target.js';

/** A part of the domain: the elements that a guest needs of it, perhaps none. */
export interface Builder {
  name: string;
  build: (guest: Guest, target: Target) => Element[];
}

/** Inside `<devices>`, in libvirt's own order (9.0, virDomainDefFormat): a dump differs only by what libvirt adds. */
export const DEVICES: readonly Builder[] = [
  { name: 'emulator', build: emulator },
  { name: 'disk', build: disks },
  { name: 'controller', build: controllers },
  { name: 'interface', build: interfaces },
  { name: 'serial', build: serials },
  { name: 'console', build: console },
  { name: 'channel', build: agentChannel },
  { name: 'memballoon', build: balloon },
  { name: 'rng', build: rng },
];

/** Inside `<domain>`, likewise. No graphics and no sound: servers have a serial console. */
export const DOMAIN: readonly Builder[] = [
  { name: 'name', build: (guest) => [element('name', {}, guest.name)] },
  { name: 'uuid', build: (guest) => [element('uuid', {}, guest.uuid)] },
  { name: 'title', build: title },
  { name: 'metadata', build: portSettings },
  { name: 'memory', build: memory },
  { name: 'memoryBacking', build: memoryBacking },
  { name: 'vcpu', build: vcpu },
  { name: 'iothreads', build: iothreads },
  { name: 'cputune', build: cputune },
  { name: 'numatune', build: numatune },
  { name: 'os', build: os },
  { name: 'features', build: features },
  { name: 'cpu', build: cpu },
  { name: 'clock', build: clock },
  { name: 'events', build: events },
  { name: 'pm', build: powerManagement },
  {
    name: 'devices',
    build: (guest, target) => [
      element(
        'devices',
        {},
        DEVICES.flatMap(({ build }) => build(guest, target)),
      ),
    ],
  },
];

function title({ title: text }: Guest): Element[] {
  return text === undefined ? [] : [element('title', {}, text)];
}
