/** Where hugetlbfs of a page size is mounted: libvirt finds its pages by that. */

import type { HostChange, HostPlan } from '../../system/files/changes.js';
import type { CommandName } from '../../system/files/commands.js';
import { edited } from '../../system/files/edit.js';
import type { Look } from '../../system/files/look.js';
import { defaultPageSize } from '../../system/memory.js';
import { InvalidInput } from '../../values/errors.js';
import { sizeWord } from './kernel-line.js';

const UNITS = '/etc/systemd/system';

/** Sizes that nothing mounts get a unit of systemd, or without systemd a line in /etc/fstab. */
export function planMounts(look: Look, sizes: readonly number[], now: boolean): HostPlan {
  const defaultSize = defaultPageSize(look);
  const inTable = [...readFstab(look), ...otherUnits(look)];
  // systemd itself mounts those of the default size on /dev/hugepages.
  const systemd = hasSystemd(look);
  const missing = sizes.filter(
    (size) => !inTable.includes(size) && !(systemd && size === defaultSize),
  );
  if (missing.length === 0) return { steps: [], notes: [] };
  const units = () => missing.flatMap((size) => unit(look, size, now));
  const steps = systemd ? units() : tableLines(look, missing);
  const notes = 'libvirtd looks for huge pages when it starts: restart it (guests keep running)';
  return { steps, notes: steps.length === 0 ? [] : [notes] };
}

/** Whether systemd runs this system, or will run the image. Source: sd_booted(3). */
export function hasSystemd(look: Look): boolean {
  const signs = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'];
  return (look.live ? ['/run/systemd/system'] : signs).some((path) => look.exists(path));
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

/** As systemd's own dev-hugepages.mount. */
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
    // x-mount.mkdir: /dev is empty after a boot.
    return `hugetlbfs /dev/hugepages${word} hugetlbfs pagesize=${word},x-mount.mkdir 0 0\n`;
  });
  const why = `pages of ${sizes.map(sizeWord).join(', ')} for libvirt`;
  return edited(look, '/etc/fstab', before + gap + lines.join(''), why);
}

/** Page sizes that units of the user's mount. */
function otherUnits(look: Look): number[] {
  const names = look.names(UNITS).filter((name) => name.endsWith('.mount'));
  return names.flatMap((name) => {
    const text = look.text(`${UNITS}/${name}`) ?? '';
    if (text.startsWith('# Written by vmlane') || !/^Type=hugetlbfs$/m.test(text)) return [];
    return pageSizeOf(/^Options=(.*)$/m.exec(text)?.[1] ?? '') ?? [];
  });
}

/** Of mount options. Source: fs/hugetlbfs. */
function pageSizeOf(options: string): number | undefined {
  const [, number, unit = ''] = /(?:^|,)pagesize=(\d+)([KMG]?)/i.exec(options) ?? [];
  if (number === undefined) return undefined;
  return Number(number) * 1024 ** ['', 'K', 'M', 'G'].indexOf(unit.toUpperCase());
}

/** Page sizes that it mounts. @throws InvalidInput for a line that mount would not take */
function readFstab(look: Look): number[] {
  const lines = (look.text('/etc/fstab') ?? '').split('\n');
  return lines.flatMap((text, i) => {
    const fields = text.trim().split(/\s+/);
    if (text.trim() === '' || text.trim().startsWith('#')) return [];
    if (fields.length < 3 || fields.length > 6) {
      const thing = `/etc/fstab line ${i + 1}`;
      const problem = `${fields.length} fields where 3 to 6 belong`;
      throw new InvalidInput({ thing, problem, remedy: 'correct it: fstab(5)' });
    }
    const [, , type, options = ''] = fields;
    return type === 'hugetlbfs' ? (pageSizeOf(options) ?? []) : [];
  });
}
