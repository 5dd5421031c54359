import type { Guest } from '../../spec/index.js';
import { element } from '../../xml/build.js';
import type { Element } from '../../xml/element.js';
import { cpu, cputune, iothreads, vcpu } from './cpu.js';
import { agentChannel } from './devices/agent.js';
import { balloon } from './devices/balloon.js';
import { controllers } from './devices/controller.js';
import { disks } from './devices/disk.js';
import { emulator } from './devices/emulator.js';
import { filesystems } from './devices/filesystem.js';
import { graphics, tablet, video } from './devices/graphics.js';
import { hostdevs } from './devices/hostdev.js';
import { interfaces } from './devices/interface.js';
import { nvdimms } from './devices/nvdimm.js';
import { rng } from './devices/rng.js';
import { console, serials } from './devices/serial.js';
import { tpm } from './devices/tpm.js';
import { watchdog } from './devices/watchdog.js';
import { clock, events, features, powerManagement } from './machine.js';
import { currentMemory, maxMemory, memory, memoryBacking, numatune } from './memory-backing.js';
import { os } from './os.js';
import { portSettings } from './port-settings.js';
import type { Target } from './target.js';

/** Builds one kind of element of the domain: those that a guest needs, perhaps none. */
export interface Builder {
  name: string;
  /**
   * What happens to a template's element of this name (template/). A list holds keys of the spec: if its
   * author wrote one of them, the guest's element replaces the template's; otherwise, and always with an
   * empty list, the template's stays. `guest`: the guest's element replaces it. `merge`: the guest's
   * children go into it. `add`: the guest's elements are put beside it.
   */
  template: readonly (keyof Guest | 'numa')[] | 'guest' | 'merge' | 'add';
  build: (guest: Guest, target: Target) => Element[];
}

/** Elements of `<devices>` in libvirt's order (9.0, virDomainDefFormat): a dump differs only by what libvirt adds. */
export const DEVICES: readonly Builder[] = [
  { name: 'emulator', template: 'guest', build: emulator },
  { name: 'disk', template: 'add', build: disks },
  { name: 'controller', template: [], build: controllers },
  { name: 'filesystem', template: 'add', build: filesystems },
  { name: 'interface', template: 'add', build: interfaces },
  { name: 'serial', template: ['serials'], build: serials },
  { name: 'console', template: ['serials'], build: console },
  { name: 'channel', template: 'add', build: agentChannel },
  { name: 'input', template: 'add', build: tablet },
  { name: 'tpm', template: ['tpm'], build: tpm },
  { name: 'graphics', template: ['graphics'], build: graphics },
  { name: 'video', template: ['video'], build: video },
  { name: 'hostdev', template: 'add', build: hostdevs },
  { name: 'watchdog', template: ['watchdog'], build: watchdog },
  { name: 'memballoon', template: [], build: balloon },
  { name: 'rng', template: [], build: rng },
  { name: 'memory', template: 'add', build: nvdimms },
];

/** Elements of `<domain>`, likewise. No sound: servers have a serial console. */
export const DOMAIN: readonly Builder[] = [
  { name: 'name', template: 'guest', build: (guest) => [element('name', {}, guest.name)] },
  { name: 'uuid', template: 'guest', build: (guest) => [element('uuid', {}, guest.uuid)] },
  { name: 'title', template: 'guest', build: title },
  { name: 'metadata', template: 'merge', build: portSettings },
  { name: 'maxMemory', template: ['nvdimms'], build: maxMemory },
  { name: 'memory', template: 'guest', build: memory },
  { name: 'currentMemory', template: 'guest', build: currentMemory },
  { name: 'memoryBacking', template: 'merge', build: memoryBacking },
  { name: 'vcpu', template: ['vcpus'], build: vcpu },
  { name: 'iothreads', template: 'guest', build: iothreads },
  { name: 'cputune', template: 'guest', build: cputune },
  { name: 'numatune', template: 'guest', build: numatune },
  { name: 'os', template: ['firmware', 'boot', 'bootFrom', 'machine'], build: os },
  { name: 'features', template: ['features'], build: features },
  { name: 'cpu', template: ['cpu', 'numa'], build: cpu },
  { name: 'clock', template: ['clock', 'features'], build: clock },
  { name: 'events', template: ['events'], build: events },
  { name: 'pm', template: [], build: powerManagement },
  {
    name: 'devices',
    template: 'guest',
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
