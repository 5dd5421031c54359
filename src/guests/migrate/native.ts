/** A guest that qemu-wrap runs, as a native one on the other host. */
import { convertDomain, openDomain, unwrapDomain } from '../../domain/index.js';
import type { MigrationFacts } from '../../host/migration/facts.js';
import { virsh } from '../../libvirt/virsh.js';
import type { ConnectedHost } from '../host.js';

/** The domain as it is to run there, and its definition, if it has one. What libvirt compares with the running one stays. */
export async function nativeXml(
  host: ConnectedHost,
  { name, uuid, persistent }: { name: string; uuid: string; persistent: boolean },
  { networks }: MigrationFacts,
): Promise<{ xml: string; definition: string | undefined }> {
  const words = ['dumpxml', '--domain', uuid, '--migratable', '--security-info'];
  const converted = (text: string) => {
    const { after } = unwrapDomain(openDomain(text));
    const choice = { attached: networks, others: 'stay' } as const;
    return convertDomain(openDomain(after), { networks: choice }).xml;
  };
  return {
    xml: converted(await virsh(host.uri, words)),
    definition: persistent ? converted(await host.libvirt.definition(name)) : undefined,
  };
}
