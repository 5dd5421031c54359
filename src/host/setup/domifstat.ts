/** The program that libvirt asks for the counters of vhost-user NICs, where libvirt finds it. */

import { nativeProgram } from '../../switch/paths.js';
import type { HostPlan } from '../../system/files/changes.js';
import type { Look } from '../../system/look/index.js';
import { InvalidInput } from '../../values/errors.js';
import { daemonProfiles } from '../wrap/rules.js';
import { planApparmor } from './guests.js';
import type { Installed } from './request.js';

/** In PATH of systemd's services before /usr/bin, where Open vSwitch's own is, and no place of packages. */
const PLACE = '/usr/local/bin/ovs-vsctl';
const BEFORE = '/usr/local/sbin/ovs-vsctl';

/** Links it; with its daemon's rules where AppArmor confines that. @throws InvalidInput if another program is there */
export function planDomifstat(look: Look, installed: Installed): HostPlan {
  const target = nativeProgram('ovs/ovs-vsctl', installed.package);
  const why = "guests' counters for libvirt";
  const there = look.target(PLACE);
  for (const path of [PLACE, BEFORE]) {
    if (path === PLACE && there === target) continue;
    if (!look.exists(path) && look.target(path) === undefined) continue;
    const problem = 'another program is there, which libvirt would ask';
    throw new InvalidInput({ thing: path, problem, remedy: 'move it away, or go without' });
  }
  // A program that it may not run would keep guests from starting.
  const isConfined = daemonProfiles(look).length > 0;
  const rules = isConfined ? planApparmor(look, installed) : { steps: [], notes: [] };
  if (there === target) return rules;
  return {
    steps: [...rules.steps, { kind: 'link', path: PLACE, target, why }],
    notes: [...rules.notes, "a guest's counters are there from its next start on"],
  };
}
