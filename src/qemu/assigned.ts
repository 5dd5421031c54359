/** Host devices that a guest of the old days gets by KVM's own device assignment. */
import { type Argument, propertiesOf } from './syntax/arguments.js';
import { get, type Properties, set, without } from './syntax/properties.js';

/** Driver until QEMU 2.11, under both names; properties that only that one had (hw/i386/kvm/pci-assign.c). */
const FORMER: ReadonlySet<string> = new Set(['pci-assign', 'kvm-pci-assign']);
const ONLY_FORMER: ReadonlySet<string> = new Set(['configfd', 'iommu', 'prefer_msi', 'share_intx']);

/** Whether it is such a device. */
export function isAssigned(argument: Argument | undefined): argument is Argument {
  return argument?.option === 'device' && FORMER.has(get(propertiesOf(argument), 'driver') ?? '');
}

/** The same device by vfio-pci. */
export function byVfio(properties: Properties): Properties {
  return set(
    without(properties, (key) => ONLY_FORMER.has(key)),
    'driver',
    'vfio-pci',
  );
}

/** What has to hold on the host then. */
export function vfioNote(argument: Argument): string {
  const host = get(propertiesOf(argument), 'host') ?? '';
  const how = host === '' ? 'vmlane sriov bind' : `vmlane sriov bind ${host}`;
  return `${host || 'a host device'} goes to the guest by vfio-pci, so that must be its driver: ${how}`;
}
