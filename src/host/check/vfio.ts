import { readModules } from '../../system/devices/drivers.js';
import { ALL, type Check, type FactsOf, type View } from './check.js';
import { type Found, lack, ok, warning } from './finding.js';
import { distribution, purpose } from './shared.js';

const MODULES = ['vfio', 'vfio_pci', 'vfio_iommu_type1'];

const READS = {
  /** Modules that are loaded or built in, modules that can be loaded, and whether /dev/vfio/vfio exists. */
  vfio: ({ host }: View) => ({
    ...readModules(MODULES, host),
    device: host.exists('/dev/vfio/vfio'),
  }),
  purpose,
  distribution,
};

export const vfio: Check<typeof READS> = { name: 'vfio', levels: ALL, reads: READS, judge };

function* judge({ vfio, purpose, distribution }: FactsOf<typeof READS>): Iterable<Found> {
  const { loaded, available, device } = vfio;
  const missing = MODULES.filter((name) => !loaded.includes(name));
  const evidence = `/sys/module: ${loaded.join(', ') || 'no vfio'}${device ? '; /dev/vfio/vfio' : ''}`;
  if (missing.length === 0) {
    yield ok('vfio modules are loaded', evidence);
    return;
  }
  const lost = missing.filter((name) => !available.includes(name));
  if (purpose !== 'sriov' && lost.length > 0) {
    yield ok('no vfio modules, which guests on the switch do not need', evidence);
  } else if (lost.length > 0) {
    const kernel = `install the whole kernel, such as ${distribution.remedies.wholeKernel}`;
    yield lack(true, `this kernel has no ${lost.join(', no ')}`, evidence, kernel);
  } else if (purpose === 'sriov') {
    yield warning(
      `not loaded: ${missing.join(', ')}; libvirt does so for managed devices`,
      evidence,
      'modprobe vfio-pci, and a line vfio-pci in /etc/modules-load.d/vfio.conf',
    );
  } else {
    yield ok(`not loaded, but there: ${missing.join(', ')}`, evidence);
  }
}
