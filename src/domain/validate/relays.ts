/** NICs that are relays onto VFs: whose MAC they must have. */

import { unsetMac, vfMacTrouble } from '../../values/vf-mac.js';
import { childrenOf } from '../../xml/element.js';
import { keptSettings } from '../read/kept-settings.js';
import { type Found, type Rule, unfit, warning } from './finding.js';
import type { Subject } from './subject.js';

export const RELAYS: readonly Rule[] = [{ name: 'relay-mac', check: macs }];

function* macs({ domain, vhostUser, facts: { host } }: Subject): Iterable<Found> {
  const { relays = [] } = host ?? {};
  if (relays.length === 0) return;
  const { settings } = keptSettings(domain);
  for (const { element, path, mac } of vhostUser) {
    const name = settings.get(path)?.relay;
    const relay = relays.find((one) => one.path === path || one.name === name);
    const at = childrenOf(element, 'mac')[0] ?? element;
    for (const vf of relay?.vfs ?? []) {
      const wrong = vfMacTrouble(mac, vf);
      if (wrong) yield unfit(at, `the NIC of relay ${relay?.name} ${wrong.problem}`, wrong.remedy);
      const unset = unsetMac(mac, vf);
      if (unset) yield { ...warning(at, unset.problem, unset.remedy), host: true };
    }
  }
}
