import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';

/** On PCI, so that every machine type has it. */
export function watchdog({ watchdog: action }: Guest): Element[] {
  return action === undefined ? [] : [element('watchdog', { model: 'i6300esb', action })];
}
