import { realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readPci } from '../../../system/pci.js';
import { namesIn, readText } from '../../../system/text.js';
import type { Nic } from '../facts.js';
import type { Ask } from './programs.js';

const DEVICES = 'sys/bus/pci/devices';
const NETS = 'sys/class/net';
const FIRMWARE = 'lib/firmware/netronome';

/** Cards in PCI slots, virtual functions left out, and interfaces of other buses. */
export async function readNics(ask: Ask, root: string): Promise<Nic[]> {
  const links = namesIn(join(root, NETS)).flatMap((name) => {
    const device = realPath(join(root, NETS, name, 'device'));
    if (device === undefined) return [];
    const state = readText(join(root, NETS, name, 'operstate'))?.trim() || 'unknown';
    return [{ link: { name, state }, address: device.match(ADDRESS)?.at(-1) }];
  });
  const cards = namesIn(join(root, DEVICES)).flatMap((address): Nic[] => {
    const found = readPci(address, root);
    const code = Number(readText(join(root, DEVICES, address, 'class')));
    // PCI's base class 02: network.
    if (!found || found.pf !== undefined || code >>> 16 !== 0x02) return [];
    const own = links.filter((one) => one.address === address);
    return [{ ...found, ...readCard(address, root), links: own.map(({ link }) => link) }];
  });
  const others = links.filter(({ address }) => {
    const isVf = address !== undefined && readPci(address, root)?.pf !== undefined;
    return !isVf && !cards.some((one) => one.address === address);
  });
  const all = [...cards, ...others.map(({ link }): Nic => ({ links: [link] }))];
  return Promise.all(all.map((nic) => withFirmware(nic, ask, root)));
}

/** A PCI address in the path of a device in sysfs. */
const ADDRESS = /(?<=\/)[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7](?=\/|$)/g;

function readCard(address: string, root: string): Pick<Nic, 'vendor' | 'device' | 'vfs' | 'node'> {
  const read = (file: string) => readText(join(root, DEVICES, address, file))?.trim();
  const id = (file: string) => read(file)?.replace(/^0x/, '');
  const [vendor, device] = [id('vendor'), id('device')];
  const most = Number.parseInt(read('sriov_totalvfs') ?? '', 10);
  const node = Number.parseInt(read('numa_node') ?? '', 10);
  return {
    ...(vendor !== undefined && { vendor }),
    ...(device !== undefined && { device }),
    ...(most >= 0 && { vfs: readVfs(address, most, root) }),
    ...(node >= 0 && { node }),
  };
}

function readVfs(address: string, most: number, root: string): NonNullable<Nic['vfs']> {
  const folder = join(root, DEVICES, address);
  const now = Number.parseInt(readText(join(folder, 'sriov_numvfs')) ?? '', 10) || 0;
  const drivers = new Map<string, number>();
  for (const name of namesIn(folder).filter((one) => /^virtfn\d+$/.test(one))) {
    const vf = realPath(join(folder, name));
    const driver = (vf && readPci(basename(vf), root)?.driver) ?? 'no driver';
    drivers.set(driver, (drivers.get(driver) ?? 0) + 1);
  }
  return { most, now, drivers };
}

/** Which firmware a Netronome card runs decides whether it has virtual functions. */
async function withFirmware(nic: Nic, ask: Ask, root: string): Promise<Nic> {
  const [link] = nic.links;
  if (nic.driver !== 'nfp' || !link) return nic;
  const answer = await ask('ethtool', ['-i', link.name]);
  const text = 'text' in answer ? /^firmware-version: *(.*)$/m.exec(answer.text)?.[1] : undefined;
  const firmware =
    text !== undefined
      ? { version: text.trim() }
      : { trouble: `ethtool: ${'trouble' in answer ? answer.trouble : 'tells no firmware'}` };
  const plain = namesIn(join(root, FIRMWARE))
    .filter((name) => name.endsWith('.nffw'))
    .flatMap((name) => realPath(join(root, FIRMWARE, name)) ?? [])
    .filter((path) => path.includes('/nic/'))
    .map((path) => path.replace(/.*\//, ''));
  return { ...nic, firmware, plain: [...new Set(plain)] };
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
