/** What a host has for guests that come from another one, or go there. */
import { hostname } from 'node:os';
import * as z from 'zod';
import { DEFAULT_CONTROL_SOCKET, SWITCH_SETTINGS } from '../../contract/bounds.js';
import { networksWithMtu } from '../../networks/network-view.js';
import { SwitchClient } from '../../switch/client.js';
import { VmlaneError } from '../../values/errors.js';
import { hookCovers } from '../hook/covers.js';

/** Features in hexadecimal, as `switch info` has them; absent: the switch is too old to tell. */
const ofSwitch = z.object({
  version: z.string().max(64),
  features: z
    .string()
    .regex(/^0x[0-9a-f]{1,16}$/)
    .optional(),
  /** Bytes without FCS. */
  max_frame: z.int().min(1),
  /** Queue pairs that a guest may have. */
  queue_limit: z.int().min(1),
});

/** The facts, as hosts tell each other. More keys, of a later version, do no harm. */
export const migrationFacts = z.object({
  host: z.string().max(253),
  /** What answers at the usual control socket, or why nothing does. */
  switch: z.union([ofSwitch, z.object({ problem: z.string(), remedy: z.string() })]),
  /** Folders of sockets for which libvirt's hook registers ports; empty: it is not installed. */
  hook: z.array(z.string().max(4096)).max(64),
  /** Networks of that switch, by name. */
  networks: z
    .array(
      z.object({
        name: z.string(),
        vlan: z.int(),
        /** The Linux bridge that it is attached to, and the network of libvirt's whose that is. */
        bridge: z.string().optional(),
        libvirt: z.string().optional(),
        /** Bytes that its path carries, as an MTU; absent: nothing of it is there, or an older vmlane. */
        mtu: z.int().min(1).optional(),
      }),
    )
    .max(4094),
});

/** See migrationFacts. */
export type MigrationFacts = z.infer<typeof migrationFacts>;
/** Those of a switch that answers. */
export type SwitchOffer = z.infer<typeof ofSwitch>;

/** This host's; changes nothing. */
export async function readMigrationFacts(
  socket: string = DEFAULT_CONTROL_SOCKET,
): Promise<MigrationFacts> {
  const networks = (await networksWithMtu(socket)).map(({ name, vlan, bridge, libvirt, mtu }) => {
    return { name, vlan, bridge, libvirt, mtu };
  });
  const { hook = [] } = hookCovers();
  return { host: hostname(), switch: await offerOf(socket), hook: [...hook], networks };
}

async function offerOf(socket: string): Promise<MigrationFacts['switch']> {
  try {
    const client = await SwitchClient.connect(socket);
    try {
      const { features, max_frame, settings } = await client.info();
      const { version } = client.hello;
      // A switch that has no such setting has no limit of its own.
      const { queue_limit = SWITCH_SETTINGS.queue_limit.max } = settings;
      return { version, ...(features !== undefined && { features }), max_frame, queue_limit };
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    const { problem, remedy } = error.trouble;
    return { problem: `${socket}: ${problem}`, remedy };
  }
}
