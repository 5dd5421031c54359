/** What guests need of the host besides pages: libvirt's settings, folders, modules, rules. */

import { SWITCH_USER } from '../../switch/index.js';
import { accountId } from '../../system/accounts/table.js';
import { hasPciDriver } from '../../system/devices/drivers.js';
import type { HostChange, HostPlan } from '../../system/files/changes.js';
import { edited, withLines } from '../../system/files/edit.js';
import { extendConf, setConf, shownList } from '../../system/libvirt/edit.js';
import { QEMU_CONF } from '../../system/libvirt/qemu-conf.js';
import type { Look } from '../../system/look/index.js';
import { cpuVendor } from '../../system/os/cpus.js';
import { readSecurityModules } from '../../system/os/security.js';
import { hasSystemd } from '../../system/os/systemd.js';
import { VFIO } from '../../values/devices.js';
import {
  GUEST_FOLDER,
  GUEST_FOLDER_MODE,
  RUN_FOLDER,
  RUN_FOLDER_MODE,
} from '../../values/socket-path.js';
import { rulesFor } from '../wrap/rules.js';
import { idOf, qemuGroup } from './accounts.js';
import { TMPFILES, tmpfilesKey, tmpfilesNotes } from './pages.js';
import type { QemuWish } from './request.js';

const ACL = 'cgroup_device_acl';
/** Devices that guests may open if qemu.conf does not list any. Source: defaultDeviceACL of libvirt's qemu_cgroup.c. */
const DEVICES = [
  ...['/dev/null', '/dev/full', '/dev/zero', '/dev/random', '/dev/urandom'],
  ...['/dev/ptmx', '/dev/userfaultfd', '/dev/kvm'],
];

/** libvirt's qemu.conf. @throws InvalidInput for unknown accounts, and for a file that libvirt would refuse */
export function planQemuConf(look: Look, { user, group, devices }: QemuWish): HostPlan {
  if (user !== undefined) idOf(look, 'user', user);
  if (group !== undefined) idOf(look, 'group', group);
  const before = look.text(QEMU_CONF) ?? '';
  let text = before;
  if (user !== undefined) text = setConf(text, 'user', user, QEMU_CONF);
  if (group !== undefined) text = setConf(text, 'group', group, QEMU_CONF);
  const usual = shownList(text, ACL) ?? DEVICES;
  text = extendConf(text, ACL, devices, usual, QEMU_CONF);
  const steps =
    text === before ? [] : edited(look, QEMU_CONF, text, 'what libvirt runs QEMU as', 0o600);
  const note = 'restart libvirtd, so that it reads qemu.conf (guests keep running)';
  return { steps, notes: steps.length === 0 ? [] : [note] };
}

/**
 * The folders of the sockets, now and at every boot: the switch's, in which only root writes, and in it
 * that of the guests, where each has its own.
 */
export function planSockets(look: Look, wished: string | undefined, account: boolean): HostPlan {
  const { name, gid } = qemuGroup(look, wished);
  const uid = accountId(look, 'user', SWITCH_USER) ?? SWITCH_USER;
  const root = { uid: 0, owner: 'root' };
  const folders = [
    {
      ...{ path: RUN_FOLDER, mode: RUN_FOLDER_MODE, ...root, gid: 0, group: 'root' },
      why: "folder of the switch's socket",
    },
    {
      ...{ path: GUEST_FOLDER, mode: GUEST_FOLDER_MODE, gid, group: name },
      // Where the switch listens and QEMU dials, the switch makes the sockets.
      ...(account ? { uid, owner: SWITCH_USER } : root),
      why: `folder of the sockets for QEMU's group ${name}`,
    },
  ];
  const lines = folders.map(({ path, mode, owner, group }) => {
    return `d ${path} ${mode.toString(8).padStart(4, '0')} ${owner} ${group}`;
  });
  const why = 'folders of the sockets';
  const steps: HostChange[] = edited(
    look,
    TMPFILES,
    withLines(look.text(TMPFILES), lines, tmpfilesKey),
    why,
  );
  // In an image, /run is empty until it boots.
  for (const folder of look.live ? folders : []) {
    const now = look.rights(folder.path);
    if (now?.mode === folder.mode && now.uid === folder.uid && now.gid === folder.gid) continue;
    const { owner: _, group: __, ...step } = folder;
    steps.push({ kind: 'folder', ...step });
  }
  return { steps, notes: tmpfilesNotes(look, steps) };
}

/** Loads vfio-pci now and at every boot. */
export function planVfio(look: Look): HostPlan {
  const folder = '/etc/modules-load.d';
  const paths = look.names(folder).filter((name) => name.endsWith('.conf'));
  const files = [...paths.map((name) => `${folder}/${name}`), '/etc/modules'];
  const listed = files.some((path) => /^\s*vfio[-_]pci\s*$/m.test(look.text(path) ?? ''));
  const why = 'vfio-pci, for VFs and the uplink';
  const steps: HostChange[] = [];
  if (!listed) {
    const path = `${folder}/vmlane.conf`;
    const text = '# Written by vmlane host setup.\nvfio-pci\n';
    steps.push(...edited(look, path, (look.text(path) ?? '') + text, why));
  }
  if (!hasPciDriver(VFIO, look)) steps.push({ kind: 'command', run: 'load vfio-pci', why });
  return { steps, notes: [] };
}

/** AppArmor's local rules for qemu-wrap; loaded where the kernel has AppArmor, else they are there for when it has. */
export function planApparmor(look: Look, installed: { package: string; node: string }): HostPlan {
  const why = 'guests may run qemu-wrap';
  const steps = rulesFor(look, installed, 'setup');
  if (steps.length === 0 || !readSecurityModules(look).apparmor) return { steps, notes: [] };
  if (look.live && !hasSystemd(look)) {
    const note = "AppArmor's rules: not loaded, as systemd does not run; load /etc/apparmor.d anew";
    return { steps, notes: [note] };
  }
  const command = 'reload apparmor' as const;
  return {
    steps: [
      { kind: 'command', undo: command, why },
      ...steps,
      { kind: 'command', run: command, why },
    ],
    notes: [],
  };
}

/** Parameters for the CPU's IOMMU. AMD's is on by default; on other CPUs the kernel ignores intel_iommu. */
export function iommuFlags(look: Look): (readonly [string, string])[] {
  const amd = ['AuthenticAMD', 'HygonGenuine'].includes(cpuVendor(look) ?? '');
  return [...(amd ? [] : [['intel_iommu', 'on'] as const]), ['iommu', 'pt']];
}
