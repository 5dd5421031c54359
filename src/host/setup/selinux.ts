/** vmlane's module of SELinux's policy, which also says how files are labelled. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTALLED, nativeProgram } from '../../switch/paths.js';
import type { HostChange, HostPlan } from '../../system/files/changes.js';
import { POLICY_MODULE } from '../../system/files/commands.js';
import { edited } from '../../system/files/edit.js';
import type { Look } from '../../system/look/index.js';
import { hasPolicy, readSecurityModules } from '../../system/os/security.js';
import { InvalidInput } from '../../values/errors.js';
import { shellWords } from '../../values/shell.js';
import type { Installed } from './request.js';

/** Loads it, and labels what is there. @throws InvalidInput on a host that runs without SELinux */
export function planSelinux(look: Look, installed: Installed): HostPlan {
  if (look.live && readSecurityModules(look).selinux === undefined) {
    const remedy = 'turn it on first, or go without';
    throw new InvalidInput({
      thing: '--selinux',
      problem: 'this host runs without SELinux',
      remedy,
    });
  }
  const why = "guests reach the switch, and nothing else of vmlane's";
  const file = edited(look, POLICY_MODULE, moduleText(look, installed), why);
  const isLoaded = look.live ? hasPolicy(look) : true;
  if (file.length === 0 && isLoaded) return { steps: [], notes: [] };
  const isNew = !look.exists(POLICY_MODULE);
  const steps: HostChange[] = [
    // Undone last: without the module its labels are none. Of a changed one, the old one is loaded again.
    { kind: 'command', undo: isNew ? 'label files' : 'load policy', why },
    ...file,
    { kind: 'command', run: 'load policy', ...(isNew && { undo: 'unload policy' as const }), why },
    { kind: 'command', run: 'label files', why },
  ];
  const elsewhere = installed.package === INSTALLED ? [] : [installed.package];
  return {
    steps,
    notes: [
      'a switch that runs is in its domain from its next start on: systemctl restart vmlane-switch',
      ...elsewhere.map(
        (path) => `label the files of this vmlane, too: ${shellWords(['restorecon', '-R', path])}`,
      ),
    ],
  };
}

/** The module for an installation, whose paths are patterns there. */
function moduleText(look: Look, installed: Installed): string {
  const pattern = (path: string) => path.replace(/[.^$?*+|[\](){}\\]/g, String.raw`\$&`);
  const values = {
    '@SWITCH@': nativeProgram('vhost-switch', installed.package),
    '@VMLANE@': installed.package,
    // A link has no label that counts.
    '@NODE@': look.real(installed.node) ?? installed.node,
  };
  let text = readFileSync(join(installed.package, 'templates/selinux/vmlane.cil'), 'utf8');
  for (const [name, path] of Object.entries(values)) text = text.replaceAll(name, pattern(path));
  return text;
}
