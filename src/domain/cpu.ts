import type { Guest } from '../spec/index.js';
import { type Element, element } from './xml.js';

export function vcpu({ vcpus }: Guest): Element[] {
  return [element('vcpu', { placement: 'static' }, String(vcpus))];
}

/** CPU model. `host-passthrough` with `migratable` (6.5) leaves out what QEMU cannot migrate; `maximum` is 7.1. */
export function cpu({ cpu: wanted }: Guest): Element[] {
  switch (wanted.mode) {
    case 'host':
      return [element('cpu', { mode: 'host-passthrough', check: 'none', migratable: 'on' })];
    case 'max':
      return [element('cpu', { mode: 'maximum', check: 'none', migratable: 'on' })];
    case 'model': {
      // forbid: a guest must not start with another CPU than the one it was given.
      const model = element('model', { fallback: 'forbid' }, wanted.model);
      return [element('cpu', { mode: 'custom', match: 'exact', check: 'partial' }, [model])];
    }
  }
}
