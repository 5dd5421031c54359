/** As a switch needs it. */
const SHARED = "<memoryBacking><access mode='shared'/></memoryBacking>";

/** Domain XML as libvirt hands it to a hook: its quotes are single ones. */
export function domainXml(
  name: string,
  nics: readonly string[] = [],
  { emulator = '/usr/bin/qemu-system-x86_64', ports = '', memory = SHARED } = {},
): string {
  const metadata = `<metadata><vmlane:ports xmlns:vmlane="urn:vmlane:ports:1">${ports}</vmlane:ports></metadata>`;
  const devices = `<devices><emulator>${emulator}</emulator>${nics.join('')}</devices>`;
  return `<domain type='kvm' id='1'><name>${name}</name>${metadata}${memory}${devices}</domain>`;
}

/** A NIC on the socket; `mode` is QEMU's. */
export function vhostUser(path: string, mode = 'server'): string {
  return `<interface type='vhostuser'><mac address='52:54:00:00:00:0a'/><source type='unix' path='${path}' mode='${mode}'/></interface>`;
}

/** A NIC that a running guest has, on a bridge. */
export function bridged(alias: string): string {
  return `<interface type='bridge'><source bridge='br0'/><alias name='${alias}'/></interface>`;
}
