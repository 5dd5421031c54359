/** How much memory a switch takes. */
import { InvalidInput } from '../values/errors.js';
import { wantedPageSize } from '../values/page-size.js';

/**
 * MiB of a relay, or of another device: its buffers, measured with --mergeable and rings of DPDK's. 16 fit into 272 MiB
 * and not into 256, 31 into 528. A driver with longer rings takes more.
 */
export const DEVICE_MIB = 18;
/** MiB of a switch before any device. */
const OWN_MIB = 32;
/** MiB without devices, and the least with some: a NIC has many buffers. */
const PLAIN_MIB = 128;
const DEVICES_MIB = 512;

/** So many devices have room in what a switch with devices takes. */
export const DEVICES_IN_USUAL = Math.floor((DEVICES_MIB - OWN_MIB) / DEVICE_MIB);

/** The least MiB of a switch with so many devices. */
function neededFor(devices: number): number {
  return devices === 0 ? 0 : OWN_MIB + DEVICE_MIB * devices;
}

/** MiB of a switch with so many devices, unless somebody says otherwise. */
export function usualMemory(devices: number): number {
  return devices === 0 ? PLAIN_MIB : Math.max(DEVICES_MIB, neededFor(devices));
}

/** The settings that its memory depends on. */
interface Settings {
  memory?: number | undefined;
  'page-size'?: string | undefined;
  relay?: readonly unknown[] | undefined;
  device?: readonly unknown[] | undefined;
  uplink?: string | undefined;
}

/** A switch's memory, and what of it relays have. */
export interface SwitchMemory {
  mib: number;
  /** Bytes of the pages that it takes; absent: it is not told. */
  pageSize?: number | undefined;
  relays: number;
  relaysMib: number;
}

/** What a command says of it. */
interface GivenMemory {
  /** Relays beside its static ones. */
  more?: number | undefined;
  /** MiB. */
  given?: number | undefined;
  /** Size of its pages, as `2MiB`. */
  pages?: string | undefined;
}

/**
 * The memory of the switch that these settings describe, with `more` relays beside its static ones, or that is given.
 * @throws InvalidInput when its devices have no room in it
 */
export function memoryOfSwitch(
  settings: Settings,
  { more = 0, given, pages }: GivenMemory = {},
): SwitchMemory {
  const [option, text] =
    pages === undefined ? ['page-size', settings['page-size']] : ['--switch-page-size', pages];
  const pageSize = text === undefined ? undefined : wantedPageSize(option, text);
  const relays = (settings.relay ?? []).length + more;
  const others = (settings.device ?? []).length + (settings.uplink === undefined ? 0 : 1);
  const needed = neededFor(relays + others);
  const mib = given ?? settings.memory ?? usualMemory(relays + others);
  // One that runs already, or is not to run, has no memory to be counted.
  if (mib === 0) return { mib, relays, relaysMib: 0 };
  if (mib >= needed) return { mib, pageSize, relays, relaysMib: DEVICE_MIB * relays };
  const thing = given === undefined ? 'memory of the switch' : '--switch-memory';
  const what = others === 0 ? `${relays} relays` : `${relays} relays and ${others} other devices`;
  const problem = `${mib} MiB hold no ${what}`;
  const give = `give at least ${needed}`;
  const remedy =
    given === undefined ? `${give}: vmlane switch settings set memory=${needed}` : give;
  throw new InvalidInput({ thing, problem, remedy });
}
