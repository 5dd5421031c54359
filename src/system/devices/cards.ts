/** Network cards of the host, one entry per physical card. */
import type { PciEndpoint } from '../../values/devices.js';
import { VmlaneError } from '../../values/errors.js';
import { type Look, lookAt, type Root } from '../look/index.js';
import type { Ask } from '../processes/programs.js';
import { plainFirmware } from './drivers.js';
import { readNetLinks } from './nets.js';
import { isRepresentor, pciAddresses, readEndpoint } from './pci.js';
import { isNic, readPf } from './vfs.js';

/** A card in a PCI slot, or an interface of another bus. */
export interface Card extends Partial<PciEndpoint> {
  /** Names of its own network interfaces, and `up`, `down` … */
  links: readonly { name: string; state: string }[];
  /** How many interfaces beside them stand for VFs and others, in switchdev mode. */
  representors: number;
  /** Virtual functions: maximum, present, and bound to a driver. */
  vfs?: { most: number; now: number; drivers: ReadonlyMap<string, number> };
  /** nfp only: from ethtool, or why it is unknown. */
  firmware?: { version: string } | { trouble: string };
  /** nfp only: links to firmware without VFs, which a reload would use. */
  plain?: readonly string[];
}

/** Cards in PCI slots, without virtual functions, and interfaces of other buses. */
export async function readCards(ask: Ask, root: Root = '/'): Promise<Card[]> {
  const look = lookAt(root);
  const links = readNetLinks(look);
  const addresses = pciAddresses(look);
  const functions = new Map(addresses.map((address) => [address, endpointAt(address, look)]));
  const cards = addresses.flatMap((address): Card[] => {
    const found = functions.get(address);
    if (!found || found.pf !== undefined || !isNic(address, look)) return [];
    const all = links.filter((one) => one.address === address);
    const own = all.filter(({ name }) => !isRepresentor(look, address, name));
    const vfs = vfsOf(address, look);
    const representors = all.length - own.length;
    return [{ ...found, ...(vfs && { vfs }), links: own.map(plain), representors }];
  });
  const others = links.filter(({ address }) => {
    const isVf = address !== undefined && functions.get(address)?.pf !== undefined;
    return !isVf && !cards.some((one) => one.address === address);
  });
  const all = [
    ...cards,
    ...others.map((link): Card => ({ links: [plain(link)], representors: 0 })),
  ];
  return Promise.all(all.map((nic) => withFirmware(nic, ask, look)));
}

function plain({ name, state }: Card['links'][number]) {
  return { name, state };
}

/** A check skips unreadable cards; the SR-IOV commands report the problem. */
function endpointAt(address: string, look: Look): PciEndpoint | undefined {
  return readable(() => readEndpoint(address, look));
}

function vfsOf(address: string, look: Look): Card['vfs'] {
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

/** The firmware of a Netronome card decides whether it has virtual functions. */
async function withFirmware(nic: Card, ask: Ask, look: Look): Promise<Card> {
  const [link] = nic.links;
  if (nic.driver !== 'nfp' || !link) return nic;
  const answer = await ask('ethtool', ['-i', link.name]);
  const text = 'text' in answer ? /^firmware-version: *(.*)$/m.exec(answer.text)?.[1] : undefined;
  const firmware =
    text !== undefined
      ? { version: text.trim() }
      : { trouble: `ethtool: ${'trouble' in answer ? answer.trouble : 'reports no firmware'}` };
  return { ...nic, firmware, plain: plainFirmware(look) };
}
