import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** As a switch needs it. */
const SHARED = "<memoryBacking><access mode='shared'/></memoryBacking>";

/** Number of a domain, for what may not be the same in two. */
export interface Shape {
  name: string;
  uuid?: string;
  /** Sockets of its vhost-user NICs, each with a VLAN. */
  sockets?: { path: string; vlan?: number; mac?: string }[];
  vcpus?: number;
  more?: string;
}

/** XML that libvirt's test driver takes. */
export function domainOf({ name, uuid, sockets = [], vcpus = 1, more = '' }: Shape): string {
  const ports = sockets
    .filter(({ vlan }) => vlan !== undefined)
    .map(({ path, vlan }) => `<vmlane:port path='${path}' vlan='${vlan}'/>`);
  const nics = sockets.map(
    ({ path, mac }) => `<interface type='vhostuser'>${mac ? `<mac address='${mac}'/>` : ''}
      <source type='unix' path='${path}' mode='server'/>
      <model type='virtio'/>
    </interface>`,
  );
  return `<!-- a guest of a test -->
<domain type='test'>
  <name>${name}</name>
  ${uuid ? `<uuid>${uuid}</uuid>` : ''}
  <metadata><vmlane:ports xmlns:vmlane='urn:vmlane:ports:1'>${ports.join('')}</vmlane:ports></metadata>
  <memory unit='MiB'>64</memory>
  ${sockets.length > 0 ? SHARED : ''}
  <vcpu>${vcpus}</vcpu>
  <os><type>hvm</type></os>
  <devices>
    ${nics.join('\n    ')}
  </devices>
  ${more}
</domain>
`;
}

/** Writes files below a folder, given by their paths. */
export async function write(folder: string, files: Record<string, string | Buffer>) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
