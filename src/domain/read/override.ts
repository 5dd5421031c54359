/** What a domain changes of QEMU's devices past libvirt: `<qemu:override>` (libvirt 8.2). */
import { attribute, type Tree } from '../../xml/element.js';
import { named } from './metadata.js';

/** QEMU's namespace in a domain. Its prefix is usually `qemu`. */
export const QEMU = 'http://libvirt.org/schemas/domain/qemu/1.0';

/** QEMU's property with the MTU that a NIC announces to its guest. */
export const HOST_MTU = 'host_mtu';

/** A property of a device that is set past libvirt. */
export interface SetProperty<T> {
  /** The alias of the device. */
  alias: string | undefined;
  name: string | undefined;
  /** `remove`: QEMU is not told it. */
  type: string | undefined;
  value: string | undefined;
  element: T;
}

/** Of what a property is set to several times, libvirt takes the last. '0': an MTU that is taken away, which is none. */
export function hostMtuOf<T extends Tree<T>>(
  properties: readonly SetProperty<T>[],
  alias: string | undefined,
): string | undefined {
  if (!alias) return undefined;
  const set = properties.findLast((one) => one.name === HOST_MTU && one.alias === alias);
  return set?.type === 'remove' ? '0' : set?.value;
}

export function overridesOf<T extends Tree<T>>(domain: T): T[] {
  return named(domain, 'override', QEMU, [domain]);
}

/** Its `<device>` elements, whatever the prefix. */
export function devicesOf<T extends Tree<T>>(override: T, domain: T): T[] {
  return named(override, 'device', QEMU, [override, domain]);
}

export function frontendsOf<T extends Tree<T>>(device: T, override: T, domain: T): T[] {
  return named(device, 'frontend', QEMU, [device, override, domain]);
}

/** The aliases that something is said of. */
export function devicesIn<T extends Tree<T>>(domain: T): string[] {
  return overridesOf(domain).flatMap((one) =>
    devicesOf(one, domain).flatMap((device) => attribute(device, 'alias') ?? []),
  );
}

/** All properties, in their order. */
export function propertiesOf<T extends Tree<T>>(domain: T): SetProperty<T>[] {
  return overridesOf(domain).flatMap((override) =>
    devicesOf(override, domain).flatMap((device) => {
      const alias = attribute(device, 'alias');
      const within = [device, override, domain];
      return frontendsOf(device, override, domain)
        .flatMap((front) => named(front, 'property', QEMU, [front, ...within]))
        .map((element): SetProperty<T> => {
          const { name, type, value } = element.attributes;
          return { alias, name, type, value, element };
        });
    }),
  );
}

/** Whether some device's property vf-token is set. */
export function hasToken<T extends Tree<T>>(domain: T): boolean {
  return propertiesOf(domain).some(({ name }) => name === 'vf-token');
}
