/** The state of a PF and its VFs restored after a boot: a file in /etc/vmlane/sriov. */

import * as z from 'zod';
import { VLAN } from '../../contract/bounds.js';
import { mac } from '../../spec/fields.js';
import type { Pf } from '../../system/devices/vfs.js';
import { InvalidInput } from '../../values/errors.js';
import { readRecord } from '../../values/json-record.js';
import { PCI_ADDRESS, pciAddress } from '../../values/pci.js';
import { LINK_STATES, VFIO } from '../names.js';
import { isSet, type VfSettings } from '../vfs/links.js';

const number = (most: number) => z.int().min(0).max(most);

const schema = z.strictObject({
  /** Also marks the file as ours. */
  version: z.literal(1),
  pf: z
    .string()
    .regex(PCI_ADDRESS)
    .transform((text) => pciAddress(text) ?? text),
  vfs: number(65_535),
  mtu: z.int().min(68).max(65_535).optional(),
  /** Settings that differ from a new VF's. */
  settings: z.array(
    z.strictObject({
      vf: number(65_535),
      mac: mac.optional(),
      vlan: number(VLAN.max).optional(),
      qos: number(7).optional(),
      trust: z.boolean().optional(),
      spoofchk: z.boolean().optional(),
      rate: number(1_000_000).optional(),
      state: z.enum(LINK_STATES).optional(),
      query_rss: z.boolean().optional(),
    }),
  ),
  /** Numbers of VFs bound to vfio-pci. */
  vfio: z.array(number(65_535)),
});

export type Saved = z.infer<typeof schema>;

/** The present state, for saving. Pure. */
export function savedOf(
  pf: Pf,
  settings: ReadonlyMap<number, VfSettings>,
  mtu: number | undefined,
): Saved {
  return {
    version: 1,
    pf: pf.address,
    vfs: pf.count,
    ...(mtu !== undefined && { mtu }),
    settings: pf.vfs.flatMap(({ index }) => {
      const now = settings.get(index);
      return now ? [{ vf: index, ...changed(now) }] : [];
    }),
    vfio: pf.vfs.filter(({ driver }) => driver === VFIO).map(({ index }) => index),
  };
}

/** Drivers begin with trust off; with spoofchk they differ, so it is always kept. */
function changed(now: VfSettings) {
  const { mac: address, vlan, qos, trust, spoofchk, rate, state, query_rss } = now;
  return {
    ...(isSet(address) && { mac: address }),
    ...(vlan !== 0 && { vlan, qos }),
    ...(trust && { trust }),
    spoofchk,
    ...(rate !== 0 && { rate }),
    ...(state !== undefined && state !== 'auto' && { state }),
    ...(query_rss && { query_rss }),
  };
}

export function savedText(saved: Saved): string {
  return `${JSON.stringify(saved, null, 2)}\n`;
}

/** @throws InvalidInput for an invalid file */
export function parseSaved(text: string, file: string): Saved {
  const refuse = (problem: string, cause: unknown) =>
    new InvalidInput(
      { thing: file, problem, remedy: 'write it anew: vmlane sriov persist PF' },
      { cause },
    );
  return readRecord(text, schema, refuse);
}
