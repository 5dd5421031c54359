/** Mounts of hugetlbfs by page size: libvirt finds its pages by them. */

import type { HostChange, HostPlan } from '../../system/files/changes.js';
import type { CommandName } from '../../system/files/commands.js';
import { edited } from '../../system/files/edit.js';
import type { Look } from '../../system/look/index.js';
import { bootMounts, UNITS } from '../../system/memory/mounts.js';
import { defaultPageSize } from '../../system/memory/nodes.js';
import { hasSystemd } from '../../system/os/systemd.js';
import { sizeWord } from './kernel-line.js';

/**
 * A size without a mount gets a systemd unit or, without systemd, a line in /etc/fstab. `lasts`: the default size
 * stays as it is.
 */
export function planMounts(
  look: Look,
  sizes: readonly number[],
  { now, lasts }: { now: boolean; lasts: boolean },
): HostPlan {
  const defaultSize = defaultPageSize(look);
  const inTable = bootMounts(look);
  // systemd itself mounts the default size on /dev/hugepages.
  const systemd = hasSystemd(look);
  const missing = sizes.filter(
    (size) => !inTable.includes(size) && !(systemd && lasts && size === defaultSize),
  );
  if (missing.length === 0) return { steps: [], notes: [] };
  const units = () => missing.flatMap((size) => unit(look, size, now));
  const steps = systemd ? units() : tableLines(look, missing);
  const notes = 'libvirtd looks for huge pages when it starts: restart it (guests keep running)';
  return { steps, notes: steps.length === 0 ? [] : [notes] };
}

function unit(look: Look, size: number, now: boolean): HostChange[] {
  const name = `hugepages${sizeWord(size)}`;
  const why = `pages of ${sizeWord(size)} for libvirt, on /dev/${name}`;
  const path = `${UNITS}/dev-${name}.mount`;
  const link = `${UNITS}/sysinit.target.wants/dev-${name}.mount`;
  const steps: HostChange[] = edited(look, path, mountUnit(name, size), why);
  if (look.target(link) === undefined) steps.push({ kind: 'link', path: link, target: path, why });
  if (steps.length === 0) return [];
  const started = ({ '1G': '1GiB', '2M': '2MiB' } as const)[sizeWord(size)];
  const start = started && now;
  return [
    { kind: 'command', undo: 'daemon-reload', why },
    ...steps,
    { kind: 'command', run: 'daemon-reload', why },
    ...(start
      ? [
          {
            kind: 'command' as const,
            run: `mount ${started}` satisfies CommandName,
            undo: `unmount ${started}` satisfies CommandName,
            why,
          },
        ]
      : []),
  ];
}

/** The same as systemd's dev-hugepages.mount. */
function mountUnit(name: string, size: number): string {
  return `# Written by vmlane host setup.
[Unit]
Description=Huge Pages of ${sizeWord(size)} File System
Documentation=https://docs.kernel.org/admin-guide/mm/hugetlbpage.html
DefaultDependencies=no
Before=sysinit.target
ConditionPathExists=/sys/kernel/mm/hugepages/hugepages-${size / 1024}kB
ConditionCapability=CAP_SYS_ADMIN

[Mount]
What=hugetlbfs
Where=/dev/${name}
Type=hugetlbfs
Options=pagesize=${sizeWord(size)}

[Install]
WantedBy=sysinit.target
`;
}

/** Lines of /etc/fstab. */
function tableLines(look: Look, sizes: readonly number[]): HostChange[] {
  const before = look.text('/etc/fstab') ?? '';
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  const lines = sizes.map((size) => {
    const word = sizeWord(size);
    // x-mount.mkdir, because /dev is empty after a boot.
    return `hugetlbfs /dev/hugepages${word} hugetlbfs pagesize=${word},x-mount.mkdir 0 0\n`;
  });
  const why = `pages of ${sizes.map(sizeWord).join(', ')} for libvirt`;
  return edited(look, '/etc/fstab', before + gap + lines.join(''), why);
}
