import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';
import type { Target } from '../target.js';

/** TPM 2.0 by swtpm, which libvirt runs and whose state it keeps. */
export function tpm({ tpm: model }: Guest, target: Target): Element[] {
  if (model === undefined) return [];
  target.need('4.5', 'tpm', 'leave it out');
  return [element('tpm', { model }, [element('backend', { type: 'emulator', version: '2.0' })])];
}
