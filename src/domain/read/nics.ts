import { attribute, childrenOf, down, type Element, type Tree } from '../../xml/element.js';
import { hostMtuOf, propertiesOf } from './override.js';

/** A NIC of any kind. T: type of its element, placed or not. */
export interface DomainNic<T extends Element = Element> {
  /** Its place among the domain's interfaces, from 0. */
  index: number;
  element: T;
  /** libvirt's type: `vhostuser`, `bridge`, `network`, …; '' if it has none. */
  type: string;
  /** The default's, too, where that is virtio; '' stands for another default. */
  model: string;
  /** In lower case; undefined if libvirt chooses one at define. */
  mac: string | undefined;
  /** Name of the host's end, if the XML gives one. */
  target: string | undefined;
  /** The socket, bridge, network or device that it is attached to. */
  source: string | undefined;
  /** QEMU's role on the socket of a vhost-user NIC, in libvirt's words: a `server` listens. */
  mode: string | undefined;
  /** See alias.ts. */
  alias: string | undefined;
  /** What `<qemu:override>` sets its MTU to. */
  hostMtu: string | undefined;
}

/** libvirt's names of virtio-net (virDomainNetModelType). */
export const VIRTIO = ['virtio', 'virtio-transitional', 'virtio-non-transitional'];

/** All NICs of a domain, in their order. */
export function nicsOf<T extends Tree<T>>(domain: T): DomainNic<T>[] {
  const usual = defaultModel(domain);
  const properties = propertiesOf(domain);
  return down(domain, 'devices', 'interface').map((element, index) => {
    const of = (child: string, name: string) => attribute(childrenOf(element, child)[0], name);
    const type = attribute(element, 'type') ?? '';
    // Of a guest that runs, a network's NIC also has the bridge or device that it was given there.
    const sources = type === 'network' ? ['network'] : ['path', 'bridge', 'network', 'dev'];
    const [source] = sources.flatMap((name) => of('source', name) ?? []);
    const alias = of('alias', 'name');
    return {
      index,
      element,
      type,
      model: of('model', 'type') ?? (type === 'vhostuser' ? '' : usual),
      mac: of('mac', 'address')?.toLowerCase(),
      target: of('target', 'dev'),
      source,
      // A direct interface has a mode of another kind.
      mode: type === 'vhostuser' ? of('source', 'mode') : undefined,
      alias,
      hostMtu: hostMtuOf(properties, alias),
    };
  });
}

/**
 * The model of a NIC that names none, where libvirt makes it virtio; a vhost-user NIC has to name one. Source:
 * qemuDomainDefaultNetModel.
 */
function defaultModel<T extends Tree<T>>(domain: T): string {
  const [type] = down(domain, 'os', 'type');
  const arch = attribute(type, 'arch') ?? '';
  const machine = attribute(type, 'machine') ?? '';
  const isBoard = /^(aarch64|armv\w+|riscv(32|64)|loongarch64)$/.test(arch);
  return arch.startsWith('s390') || (isBoard && /^virt(-|$)/.test(machine)) ? 'virtio' : '';
}

/** Path of a vhost-user NIC's socket; '' for another kind of NIC. */
export function pathOf<T extends Tree<T>>({ type, element }: DomainNic<T>): string {
  if (type !== 'vhostuser') return '';
  return attribute(childrenOf(element, 'source')[0], 'path') ?? '';
}

/**
 * Whether it is a vhost-user NIC on the socket of a switch: one with a backend of its own
 * (`<backend type='passt'/>`, libvirt 11.1) is not.
 */
export function isOnSwitch<T extends Tree<T>>({ type, element }: DomainNic<T>): boolean {
  const backends = childrenOf(element, 'backend');
  return type === 'vhostuser' && !backends.some((one) => attribute(one, 'type') === 'passt');
}
