import { plainFirmware } from '../../../system/devices/drivers.js';
import { readNetLinks } from '../../../system/devices/nets.js';
import { pciAddresses, readEndpoint } from '../../../system/devices/pci.js';
import { isNic, readPf } from '../../../system/devices/vfs.js';
import type { Look } from '../../../system/look/index.js';
import type { PciEndpoint } from '../../../values/devices.js';
import { VmlaneError } from '../../../values/errors.js';
import type { Nic } from '../facts.js';
import type { Ask } from './programs.js';

/** Cards in PCI slots, virtual functions left out, and interfaces of other buses. */
export async function readNics(ask: Ask, look: Look): Promise<Nic[]> {
  const links = readNetLinks(look);
  const addresses = pciAddresses(look);
  const functions = new Map(addresses.map((address) => [address, endpointAt(address, look)]));
  const cards = addresses.flatMap((address): Nic[] => {
    const found = functions.get(address);
    if (!found || found.pf !== undefined || !isNic(address, look)) return [];
    const own = links.filter((one) => one.address === address);
    const vfs = vfsOf(address, look);
    return [{ ...found, ...(vfs && { vfs }), links: own.map(plain) }];
  });
  const others = links.filter(({ address }) => {
    const isVf = address !== undefined && functions.get(address)?.pf !== undefined;
    return !isVf && !cards.some((one) => one.address === address);
  });
  const all = [...cards, ...others.map((link): Nic => ({ links: [plain(link)] }))];
  return Promise.all(all.map((nic) => withFirmware(nic, ask, look)));
}

function plain({ name, state }: Nic['links'][number]) {
  return { name, state };
}

/** What a check cannot read is no card to it; the commands on SR-IOV say what is wrong. */
function endpointAt(address: string, look: Look): PciEndpoint | undefined {
  return readable(() => readEndpoint(address, look));
}

function vfsOf(address: string, look: Look): Nic['vfs'] {
  const pf = readable(() => readPf(address, look));
  if (!pf || pf.total < 0) return undefined;
  const drivers = new Map<string, number>();
  for (const { driver = 'no driver' } of pf.vfs) {
    drivers.set(driver, (drivers.get(driver) ?? 0) + 1);
  }
  return { most: pf.total, now: pf.count, drivers };
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof VmlaneError) return undefined;
    throw error;
  }
}

/** Which firmware a Netronome card runs decides whether it has virtual functions. */
async function withFirmware(nic: Nic, ask: Ask, look: Look): Promise<Nic> {
  const [link] = nic.links;
  if (nic.driver !== 'nfp' || !link) return nic;
  const answer = await ask('ethtool', ['-i', link.name]);
  const text = 'text' in answer ? /^firmware-version: *(.*)$/m.exec(answer.text)?.[1] : undefined;
  const firmware =
    text !== undefined
      ? { version: text.trim() }
      : { trouble: `ethtool: ${'trouble' in answer ? answer.trouble : 'tells no firmware'}` };
  return { ...nic, firmware, plain: plainFirmware(look) };
}
