import type { Hypervisor } from '@unraid/libvirt';
import { rebuilt } from '../switch/paths.js';
import { errorText, Failed } from '../values/errors.js';

/** The part of the bindings' connection that we use; tests can replace it. */
export type Binding = Pick<
  Hypervisor,
  | 'connectOpen'
  | 'connectClose'
  | 'connectListAllDomains'
  | 'domainDefineXML'
  | 'domainLookupByName'
  | 'domainCreate'
  | 'domainShutdown'
  | 'domainDestroy'
  | 'domainUndefine'
  | 'domainGetInfo'
  | 'domainGetName'
  | 'domainGetUUIDString'
  | 'domainGetXMLDesc'
>;

interface BindingModule {
  Hypervisor: new (options: { uri: string }) => Binding;
}

/**
 * A connection object, not yet open. The first call loads the native module, so that commands without libvirt
 * work where it is not built. Throws Failed when it does not load.
 */
export async function loadBinding(
  uri: string,
  load: () => Promise<BindingModule> = () => import('@unraid/libvirt'),
): Promise<Binding> {
  try {
    // The bindings load their native half in this constructor, not at import.
    const { Hypervisor } = await load();
    return new Hypervisor({ uri });
  } catch (error) {
    const [problem = ''] = errorText(error).split('\n');
    throw new Failed(
      {
        thing: '@unraid/libvirt',
        problem: `the libvirt bindings do not load: ${problem}`,
        remedy: rebuilt(),
      },
      { cause: error },
    );
  }
}
