/** Renamed keys of a spec; old names are accepted for one version. */
import { type Problem, quote } from '../values/problems.js';

interface Former {
  /** The list with entries that have the key. */
  list: string;
  /** Only in entries of this type. */
  type?: string;
  key: string;
  now: string;
  /** Old values that were renamed, too. */
  values?: Readonly<Record<string, string>>;
}

const FORMER: readonly Former[] = [
  // `mode` was QEMU's role on the socket: a server listens.
  {
    list: 'interfaces',
    key: 'mode',
    now: 'listener',
    values: { server: 'qemu', client: 'switch' },
  },
  // `spoofchk` is the kernel's name for a check on VFs.
  { list: 'interfaces', type: 'vhost-user', key: 'spoofchk', now: 'pinned' },
];

/** A spec's data with current names, and a line about each old name. */
export interface Renamed {
  data: unknown;
  notices: string[];
  problems: Problem[];
}

/** Replaces old names in `data`, the unchecked content of the YAML; the schema checks it afterwards. */
export function renamed(data: unknown): Renamed {
  const notices: string[] = [];
  const problems: Problem[] = [];
  let current = data;
  for (const former of FORMER) {
    if (!isMapping(current) || !Array.isArray(current[former.list])) continue;
    const entries = (current[former.list] as unknown[]).map((entry, index) => {
      if (!isMapping(entry) || !(former.key in entry)) return entry;
      if (former.type !== undefined && entry.type !== former.type) return entry;
      const at = `${former.list}[${index}].${former.key}`;
      const { [former.key]: value, ...rest } = entry;
      if (former.now in entry) {
        const problem = `is the old name of ${former.now}, which is there, too`;
        problems.push({
          path: [former.list, index, former.key],
          ...{ problem, remedy: 'leave it out' },
        });
        return rest;
      }
      const today = former.values?.[String(value)] ?? value;
      notices.push(
        `${at}: ${quote(String(value))}: write ${former.now}: ${String(today)}; the old name goes with the next version`,
      );
      return { ...rest, [former.now]: today };
    });
    current = { ...current, [former.list]: entries };
  }
  return { data: current, notices, problems };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
