import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../../../system/text.js';
import type { VfioFacts } from '../facts.js';

const MODULES = ['vfio', 'vfio_pci', 'vfio_iommu_type1'];

export function readVfio(root: string): VfioFacts {
  const release = readText(join(root, 'proc/sys/kernel/osrelease'))?.trim() ?? '';
  const listed = ['modules.dep', 'modules.builtin']
    .map((file) => readText(join(root, 'lib/modules', release, file)) ?? '')
    .join('\n');
  const isListed = (name: string) =>
    new RegExp(`/${name.replaceAll('_', '[-_]')}\\.ko`).test(listed);
  return {
    loaded: MODULES.filter((name) => existsSync(join(root, 'sys/module', name))),
    available: release === '' ? [] : MODULES.filter(isListed),
    device: existsSync(join(root, 'dev/vfio/vfio')),
  };
}
