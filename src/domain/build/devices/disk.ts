import type { Disk } from '../../../spec/guest.js';
import type { Guest } from '../../../spec/index.js';
import { isUuid } from '../../../values/uuid.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';
import type { Target } from '../target.js';

export function disks(guest: Guest, target: Target): Element[] {
  return guest.disks.map((one) => disk(one, target));
}

/**
 * A disk. Blocks that the guest discards go back to the host (1.0.6). A block device needs no second cache in the host
 * and always takes native I/O; a file may lie where O_DIRECT does not work, so its cache is left to QEMU.
 */
function disk(of: Disk, target: Target): Element {
  const { source, device, format, bus, target: dev, readonly, iothread } = of;
  const cache = of.cache ?? (source === 'block' ? 'none' : undefined);
  const direct = cache === 'none' || cache === 'directsync';
  const io = of.io ?? (source === 'block' && direct ? 'native' : undefined);
  const ring = io !== 'io_uring' || target.has('6.3', "disks have QEMU's default I/O");
  const discard = readonly ? undefined : 'unmap';
  return element('disk', { type: source, device }, [
    element('driver', {
      ...{ name: 'qemu', type: format, cache, io: ring ? io : undefined, discard, iothread },
    }),
    ...auth(of),
    sourceElement(of),
    element('target', { dev, bus }),
    ...limits(of),
    ...(readonly ? [element('readonly')] : []),
  ]);
}

/** libvirt's names: readBytes is read_bytes_sec. */
function limits({ iotune }: Disk): Element[] {
  if (iotune === undefined || Object.keys(iotune).length === 0) return [];
  const names = Object.entries(iotune).map(([name, value]) => {
    const [, which = '', unit = ''] = /^(total|read|write)(Bytes|Iops)$/.exec(name) ?? [];
    return element(`${which}_${unit.toLowerCase()}_sec`, {}, String(value));
  });
  return [element('iotune', {}, names)];
}

/** Beside the source: inside it, as newer libvirts write it, is 3.9. The key itself is libvirt's secret. */
function auth(of: Disk): Element[] {
  if (of.source !== 'network' || of.auth === undefined) return [];
  const { user, secret } = of.auth;
  const type = of.protocol === 'rbd' ? 'ceph' : of.protocol;
  const which = element('secret', { type, [isUuid(secret) ? 'uuid' : 'usage']: secret });
  return [element('auth', { username: user }, [which])];
}

function sourceElement(of: Disk): Element {
  switch (of.source) {
    case 'file':
      return element('source', { file: of.path });
    case 'block':
      return element('source', { dev: of.path });
    case 'volume':
      return element('source', { pool: of.pool, volume: of.volume });
    case 'network': {
      const hosts = of.hosts.map((host) =>
        'socket' in host
          ? element('host', { transport: 'unix', socket: host.socket })
          : element('host', { name: host.name, port: host.port }),
      );
      return element('source', { protocol: of.protocol, name: of.name }, hosts);
    }
  }
}
