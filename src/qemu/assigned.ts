/** Host devices that a guest of the old days gets by KVM's own device assignment. */
import { InvalidInput } from '../values/errors.js';
import { pciAddress } from '../values/pci.js';
import type { Host, VfToken } from './host.js';
import { type Argument, propertiesOf } from './syntax/arguments.js';
import { get, type Properties, set, without } from './syntax/properties.js';
import { need } from './version.js';

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

const TOKEN = 'vf-token';

/** The device's VF, if it only opens with a token and has none. */
function tokenless(argument: Argument | undefined, host: Host): VfToken | undefined {
  if (argument?.option !== 'device') return undefined;
  const properties = propertiesOf(argument);
  const driver = get(properties, 'driver') ?? '';
  if (driver !== 'vfio-pci' && !FORMER.has(driver)) return undefined;
  if (get(properties, TOKEN) !== undefined) return undefined;
  // The last part of sysfsdev is the address.
  const named = get(properties, 'host') ?? get(properties, 'sysfsdev')?.split('/').at(-1) ?? '';
  return host.tokens?.get(pciAddress(named) ?? '');
}

/** The tokens that the guest's devices lack. @throws InvalidInput if one is unknown, or QEMU takes none */
export function findTokens(list: readonly Argument[], host: Host): Map<Argument, string> {
  const found = new Map<Argument, string>();
  for (const argument of list) {
    const wanted = tokenless(argument, host);
    if (!wanted) continue;
    const { pf, file, token } = wanted;
    const own = `or give the PF its own driver: vmlane sriov unbind ${pf}`;
    need(host, 'a VF token', `the PF ${pf} is with vfio-pci, and its VFs need one; ${own}`);
    if (token !== undefined) {
      found.set(argument, token);
      continue;
    }
    const thing = argument.args.join(' ');
    const problem = `vfio-pci has the PF ${pf}, so this VF opens with a VF token only, which this user cannot read`;
    const remedy = `add vf-token=UUID, that in ${file}; ${own}`;
    throw new InvalidInput({ thing, problem, remedy });
  }
  return found;
}

/** The device with its token. */
export function withToken(properties: Properties, token: string | undefined): Properties {
  return token === undefined ? properties : set(properties, TOKEN, token);
}
