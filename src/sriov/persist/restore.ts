/** Restores the saved state. */

import type { IpResult } from '../../system/devices/ip.js';
import type { Writer } from '../../system/devices/sysfs.js';
import { type Pf, readPfs } from '../../system/devices/vfs.js';
import { Failed, InvalidInput } from '../../values/errors.js';
import { driverChange, readHeld } from '../binding/bind.js';
import { keepFormer } from '../binding/former.js';
import { checkBind } from '../binding/handover.js';
import { apply } from '../change/apply.js';
import { findPf, vfOf } from '../find.js';
import { readSettings, readUses } from '../host.js';
import { nameOf, VFIO, vfName } from '../names.js';
import { usesOf } from '../users/uses.js';
import { checkCount, countChange } from '../vfs/count.js';
import { readLinks } from '../vfs/links.js';
import { applySettings, settingsFor } from '../vfs/settings.js';
import type { Saved } from './saved.js';

export interface RestoreTools {
  root: string;
  write: Writer;
  ip(words: readonly string[]): Promise<IpResult>;
  loadVfio(): Promise<void>;
  say(text: string): void;
}

/**
 * VFs, then their settings, then their drivers. Existing VFs stay: this may run again at any time,
 * and never sets 0. A VF in use is unchanged. @throws Failed, InvalidInput
 */
export async function restore(saved: Saved, tools: RestoreTools): Promise<void> {
  const { root, write, say } = tools;
  const before = findPf(readPfs(root), saved.pf, root);
  const name = nameOf(before);
  checkCount(before, saved.vfs);
  if (before.count !== 0 && before.count !== saved.vfs) {
    const problem = `it has ${before.count} VFs, and ${saved.vfs} are to come back`;
    throw new Failed({ thing: name, problem, remedy: `vmlane sriov set ${name} 0, then again` });
  }
  if (saved.mtu !== undefined) await bringUp(before, saved.mtu, tools);
  if (before.count !== saved.vfs) {
    await apply(countChange(before, saved.vfs, root), write);
    say(`${name}: ${saved.vfs} VFs`);
  }
  const pf = findPf(readPfs(root), saved.pf, root);
  const uses = await readUses(pf.vfs, new Map(), root);
  const busy = (index: number) => usesOf(vfOf(pf, index), uses).find(({ active }) => active);
  for (const { vf, ...wish } of saved.settings) {
    await restoreSettings(pf, vf, wish, busy(vf)?.by, tools);
  }
  const free = saved.vfio.filter((index) => !busy(index));
  if (free.length > 0) await restoreDrivers(pf, free, tools);
}

async function bringUp(pf: Pf, mtu: number, { root, ip, say }: RestoreTools): Promise<void> {
  const name = nameOf(pf);
  const links = await readLinks(root);
  if (links.find((one) => one.name === name)?.mtu === mtu && pf.nets[0]?.up) return;
  for (const words of [['mtu', String(mtu)], ['up']]) {
    const { refused } = await ip(['link', 'set', 'dev', name, ...words]);
    if (refused === undefined) continue;
    const problem = `${words.join(' ')} is refused: ${refused}`;
    throw new Failed({ thing: name, problem, remedy: 'persist it with an MTU that it can have' });
  }
  say(`${name}: up, MTU ${mtu}`);
}

async function restoreSettings(
  pf: Pf,
  index: number,
  given: Omit<Saved['settings'][number], 'vf'>,
  user: string | undefined,
  { root, ip, say }: RestoreTools,
): Promise<void> {
  const thing = `${nameOf(pf)} VF ${index}`;
  const read = async () => {
    const found = (await readSettings(pf, root)).get(index);
    if (found) return found;
    const problem = 'its PF says nothing of its settings';
    throw new InvalidInput({ thing, problem, remedy: 'bind the PF to its Linux driver' });
  };
  const wish = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings = settingsFor(nameOf(pf), index, await read(), wish);
  if (settings.length === 0) return;
  if (user !== undefined) {
    say(`${thing}: stays as it is, it is in use by ${user}`);
    return;
  }
  await applySettings(thing, settings, wish, { run: ip, read });
  say(`${thing}: set ${settings.map(({ key }) => key).join(', ')}`);
}

async function restoreDrivers(pf: Pf, indexes: readonly number[], tools: RestoreTools) {
  const { root, write, say } = tools;
  const pfs = readPfs(root);
  const vfs = indexes.map((index) => vfOf(pf, index));
  const uses = await readUses(vfs, new Map(), root);
  const checked = checkBind(vfs, { pfs, uses, group: false, root });
  if (checked.length === 0) return;
  await tools.loadVfio();
  const wanted = await Promise.all(checked.map((one) => readHeld(one, root)));
  const to = { driver: VFIO, override: VFIO };
  for (const one of wanted) keepFormer(one, root);
  const changes = wanted.map((device) => ({ device, wanted: to }));
  await apply(driverChange(nameOf(pf), changes, root), write);
  const names = vfs.filter((vf) => wanted.some(({ address }) => address === vf.address));
  say(`${nameOf(pf)}: ${names.map(vfName).join(', ')} with vfio-pci`);
}
