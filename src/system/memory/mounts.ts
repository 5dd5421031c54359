/** Mounts of huge pages by size, present and at every boot. */
import type { PageMount } from '../../qemu/index.js';
import { InvalidInput } from '../../values/errors.js';
import { type Look, lookAt, type Root } from '../look/index.js';
import { namedPageSize } from './nodes.js';

/** The folder of the administrator's units. */
export const UNITS = '/etc/systemd/system';

/** Mounted hugetlbfs. Source: proc_pid_mountinfo(5) for the escapes. */
export function readHugeMounts(root: Root = '/'): PageMount[] {
  const look = lookAt(root);
  return mountsOf(look).flatMap(({ folder, type, options }): PageMount[] => {
    if (type !== 'hugetlbfs') return [];
    const pageSize = pageSizeOf(options) ?? namedPageSize(look);
    return pageSize === undefined ? [] : [{ folder, pageSize }];
  });
}

/** Kind of the file system that a file is on, such as ext4; undefined: no such file, or no table of mounts. */
export function fileSystemOf(path: string, root: Root = '/'): string | undefined {
  const look = lookAt(root);
  const real = look.real(path);
  if (real === undefined) return undefined;
  const above = mountsOf(look).filter(
    ({ folder }) => folder === '/' || real === folder || real.startsWith(`${folder}/`),
  );
  // Of several mounts on one folder, the last one is seen.
  const [nearest] = above.reverse().sort((a, b) => b.folder.length - a.folder.length);
  return nearest?.type;
}

function mountsOf(look: Look): { folder: string; type: string; options: string }[] {
  const lines = (look.text('/proc/self/mounts') ?? '').split('\n');
  return lines.flatMap((line) => {
    const [, folder, type, options = ''] = line.split(' ');
    return folder === undefined || type === undefined
      ? []
      : [{ folder: decoded(folder), type, options }];
  });
}

function decoded(folder: string): string {
  return folder.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Page sizes mounted at every boot. @throws InvalidInput for a line that mount would refuse */
export function bootMounts(look: Look): number[] {
  return [...fromTable(look), ...fromUnits(look)];
}

function fromTable(look: Look): number[] {
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

/** From the administrator's units; ours are rewritten. */
function fromUnits(look: Look): number[] {
  const names = look.names(UNITS).filter((name) => name.endsWith('.mount'));
  return names.flatMap((name) => {
    const text = look.text(`${UNITS}/${name}`) ?? '';
    if (text.startsWith('# Written by vmlane') || !/^Type=hugetlbfs$/m.test(text)) return [];
    return pageSizeOf(/^Options=(.*)$/m.exec(text)?.[1] ?? '') ?? [];
  });
}

/** Bytes of the page size in mount options. Source: fs/hugetlbfs, which accepts either case. */
function pageSizeOf(options: string): number | undefined {
  const [, number, unit = ''] = /(?:^|,)pagesize=(\d+)([KMG]?)/i.exec(options) ?? [];
  if (number === undefined) return undefined;
  return Number(number) * 1024 ** ['', 'K', 'M', 'G'].indexOf(unit.toUpperCase());
}
