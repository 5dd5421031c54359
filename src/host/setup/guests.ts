/** What guests need of the host besides pages: libvirt's settings, folders, modules, rules. */

import { hasPciDriver } from '../../system/devices/drivers.js';
import type { HostChange, HostPlan } from '../../system/files/changes.js';
import { edited, withLines } from '../../system/files/edit.js';
import { extendConf, setConf, shownList } from '../../system/libvirt/edit.js';
import { QEMU_CONF } from '../../system/libvirt/qemu-conf.js';
import type { Look } from '../../system/look/index.js';
import { cpuVendor } from '../../system/os/cpus.js';
import { RUN_FOLDER } from '../../values/socket-path.js';
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
const MODE = 0o3770;

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

/** The folder of the sockets, now and at every boot: QEMU and programs of root both make sockets there. */
export function planSockets(look: Look, wished: string | undefined): HostPlan {
  const { name, gid } = qemuGroup(look, wished);
  const line = `d ${RUN_FOLDER} ${MODE.toString(8)} root ${name}`;
  const why = `folder of the sockets for QEMU's group ${name}`;
  const steps: HostChange[] = edited(
    look,
    TMPFILES,
    withLines(look.text(TMPFILES), [line], tmpfilesKey),
    why,
  );
  // In an image, /run is empty until it boots.
  const now = look.rights(RUN_FOLDER);
  const right = now?.mode === MODE && now.uid === 0 && now.gid === gid;
  if (look.live && !right)
    steps.push({ kind: 'folder', path: RUN_FOLDER, uid: 0, gid, mode: MODE, why });
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
  if (!hasPciDriver('vfio-pci', look)) steps.push({ kind: 'command', run: 'load vfio-pci', why });
  return { steps, notes: [] };
}

/** AppArmor's local rules for qemu-wrap. */
export function planApparmor(look: Look, installed: { package: string; node: string }): HostPlan {
  const why = 'guests may run qemu-wrap';
  const steps = rulesFor(look, installed, 'setup');
  if (steps.length === 0) return { steps, notes: [] };
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
