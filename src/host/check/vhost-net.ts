import { readModules } from '../../system/devices/drivers.js';
import { type Check, type FactsOf, MILD, type View } from './check.js';
import { type Found, ok, warning } from './finding.js';
import { distribution } from './shared.js';

const MODULE = 'vhost_net';
const DEVICE = '/dev/vhost-net';

const READS = {
  vhostNet: ({ host }: View) => ({
    ...readModules([MODULE], host),
    device: host.exists(DEVICE),
  }),
  distribution,
};

/** NICs that stay on a tap or a bridge: the kernel's vhost_net serves them, without it QEMU does, in its main loop. */
export const vhostNet: Check<typeof READS> = {
  name: 'vhost-net',
  levels: MILD,
  reads: READS,
  judge,
};

function* judge({ vhostNet, distribution }: FactsOf<typeof READS>): Iterable<Found> {
  const { loaded, available, device } = vhostNet;
  const seen = loaded.length > 0 ? `/sys/module/${MODULE}` : `no /sys/module/${MODULE}`;
  const evidence = `${seen}${device ? `; ${DEVICE}` : `; no ${DEVICE}`}`;
  if (loaded.length > 0 && device) {
    yield ok('vhost-net serves NICs that stay on a bridge', evidence);
  } else if (loaded.length > 0) {
    const remedy = `udev makes it: systemctl status systemd-udevd`;
    yield warning(`vhost-net is loaded, but ${DEVICE} is not there`, evidence, remedy);
  } else if (available.length > 0) {
    // The module has the alias devname:vhost-net (drivers/vhost/net.c): udev makes the node at boot, opening it loads.
    yield device
      ? ok('vhost-net is not loaded, but there: the first NIC on a bridge loads it', evidence)
      : warning(
          'vhost-net is not loaded: QEMU itself serves NICs that stay on a bridge, slower',
          evidence,
          `modprobe ${MODULE}, and a line ${MODULE} in /etc/modules-load.d/vhost.conf`,
        );
  } else {
    yield warning(
      'this kernel has no vhost-net: QEMU itself serves NICs that stay on a bridge, slower',
      evidence,
      `install the whole kernel, such as ${distribution.remedies.wholeKernel}; NICs on the switch do not need it`,
    );
  }
}
