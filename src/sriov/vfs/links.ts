/** Interfaces and VFs in the kernel's network configuration: `ip -json link`. */
import { join } from 'node:path';
import * as z from 'zod';
import { ip } from '../../system/devices/ip.js';
import { lookAt } from '../../system/look/index.js';
import { Failed } from '../../values/errors.js';
import { NO_MAC } from '../../values/vf-mac.js';
import { LINK_STATES, type LinkState } from '../names.js';

/** Settings of a VF, kept by its PF. */
export interface VfSettings {
  /** Lower case; all zero: chosen by the VF's driver. */
  mac: string;
  /** 0: none. */
  vlan: number;
  /** Priority of the VLAN, 0–7. */
  qos: number;
  trust: boolean;
  spoofchk: boolean;
  /** Mbit/s; 0: no limit. */
  rate: number;
  /** `auto`, `enable`, `disable`; absent: the driver does not report it. */
  state?: LinkState;
  /** Whether the VF may ask for the PF's RSS key and table; absent: the driver does not report it. */
  query_rss?: boolean;
}

/** An interface of the host. */
export interface Link {
  name: string;
  /** Address of its PCI device. */
  device?: string;
  mtu?: number;
  /** By the VFs' numbers. */
  vfs: ReadonlyMap<number, VfSettings>;
}

/** File in a copy of a host's file tree with the output of `ip -json -details link show` there. */
export const LINKS_FILE = 'ip-link.json';

// Names of older versions: mac and vlan (iproute2 before 5.1).
const schema = z.array(
  z.object({
    ifname: z.string().optional(),
    mtu: z.number().optional(),
    parentdev: z.string().optional(),
    vfinfo_list: z
      .array(
        z.object({
          vf: z.number(),
          address: z.string().optional(),
          mac: z.string().optional(),
          vlan: z.number().optional(),
          qos: z.number().optional(),
          vlan_list: z
            .array(z.object({ vlan: z.number().optional(), qos: z.number().optional() }))
            .optional(),
          rate: z.object({ max_tx: z.number().optional() }).optional(),
          spoofchk: z.boolean().optional(),
          trust: z.boolean().optional(),
          // iproute2 has no other word; a newer one is as if it said nothing.
          link_state: z.enum(LINK_STATES).optional().catch(undefined),
          query_rss_en: z.boolean().optional(),
        }),
      )
      .optional(),
  }),
);

/** The interfaces in the output of `ip -json link show`. @throws Failed for other text */
export function parseLinks(text: string, thing: string): Link[] {
  const { data, error } = schema.safeParse(parsed(text, thing));
  if (!data) {
    const where = error.issues[0]?.path.join('.') ?? '';
    throw malformed(thing, where && `: see ${where}`, error);
  }
  return data.map(({ ifname = '', parentdev, mtu, vfinfo_list = [] }) => ({
    name: ifname,
    ...(parentdev !== undefined && { device: parentdev }),
    ...(mtu !== undefined && { mtu }),
    vfs: new Map(
      vfinfo_list.map((vf) => {
        const [tag] = vf.vlan_list ?? [];
        const settings: VfSettings = {
          mac: (vf.address ?? vf.mac ?? NO_MAC).toLowerCase(),
          vlan: tag?.vlan ?? vf.vlan ?? 0,
          qos: tag?.qos ?? vf.qos ?? 0,
          trust: vf.trust ?? false,
          spoofchk: vf.spoofchk ?? false,
          rate: vf.rate?.max_tx ?? 0,
          ...(vf.link_state !== undefined && { state: vf.link_state }),
          ...(vf.query_rss_en !== undefined && { query_rss: vf.query_rss_en }),
        };
        return [vf.vf, settings] as const;
      }),
    ),
  }));
}

function parsed(text: string, thing: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(thing, '', error);
  }
}

function malformed(thing: string, where: string, cause: unknown): Failed {
  const problem = `this is not what 'ip -json -details link show' prints${where}`;
  return new Failed({ thing, problem, remedy: 'use iproute2 4.18 or newer' }, { cause });
}

/** All interfaces: of this host by `ip`, of a copy from its file, if present. @throws Failed */
export async function readLinks(root = '/', deadlineMs?: number): Promise<Link[]> {
  if (root !== '/') {
    const text = lookAt(root).text(`/${LINKS_FILE}`);
    return text === undefined ? [] : parseLinks(text, join(root, LINKS_FILE));
  }
  const { stdout, refused } = await ip(['-json', '-details', 'link', 'show'], deadlineMs);
  if (refused !== undefined) {
    throw new Failed({ thing: 'ip link', problem: refused, remedy: "try 'ip link' yourself" });
  }
  return parseLinks(stdout, 'ip link');
}

/** Whether a MAC was set through the PF. */
export function isSet(mac: string): boolean {
  return mac !== NO_MAC;
}
