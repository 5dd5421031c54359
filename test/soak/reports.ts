import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/switch/paths.js';
import { builtProgram } from '../switch/real-switch.js';

/** What a sanitizer has reported: one line that says what and where, by function. */
export interface Report {
  what: string;
  /** Functions of all its stacks, or libraries where these are unknown; innermost first. */
  frames: string[];
}

/**
 * Reports in a log of the switch. Its functions are named here: a caged switch may start no program, and
 * so no symbolizer either.
 */
export function reportsIn(log: string, name: (offsets: string[]) => string[][]): Report[] {
  const found: { what: string; frames: (string | { offset: string })[] }[] = [];
  for (const line of log.split('\n')) {
    const begin =
      /\b(?:ERROR|WARNING|FATAL): (\w+Sanitizer\b.*)/.exec(line) ??
      /(\S+: runtime error: .*)/.exec(line);
    if (begin) {
      found.push({ what: (begin[1] ?? '').replace(/ \(pid=\d+\).*/, ''), frames: [] });
      continue;
    }
    const [, known, module, offset] =
      /^ +#\d+ (?:0x[0-9a-f]+ )?(?:in )?(\S+) .*?\(?([^\s(]+?)\+0x([0-9a-f]+)\)/.exec(line) ?? [];
    if (module === undefined || offset === undefined) continue;
    const file = module.slice(module.lastIndexOf('/') + 1);
    const named = known !== undefined && !known.startsWith('<') && !known.startsWith('(');
    found.at(-1)?.frames.push(named ? known : file === 'vhost-switch' ? { offset } : file);
  }
  const offsets = found.flatMap(({ frames }) =>
    frames.flatMap((frame) => (typeof frame === 'string' ? [] : [frame.offset])),
  );
  const all = [...new Set(offsets)];
  const names = all.length > 0 ? name(all) : [];
  const nameOf = new Map(all.map((offset, i) => [offset, names[i] ?? []]));
  return found.map(({ what, frames }) => ({
    what,
    frames: frames.flatMap((frame) =>
      typeof frame === 'string' ? [frame] : (nameOf.get(frame.offset) ?? []),
    ),
  }));
}

/** Names of functions at each offset, the inlined ones first. */
export function functionsOf(program: string): (offsets: string[]) => string[][] {
  return (offsets) => {
    const args = ['-a', '-f', '-i', '-e', program, ...offsets.map((offset) => `0x${offset}`)];
    const lines = execFileSync('addr2line', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    const names: string[][] = [];
    let isName = false;
    for (const line of lines.trimEnd().split('\n')) {
      if (line.startsWith('0x')) {
        names.push([]);
        isName = true;
        continue;
      }
      if (isName) names.at(-1)?.push(line);
      isName = !isName;
    }
    return names;
  };
}

/** Functions whose reports are not ours, with the reasons beside: native/tsan.supp. */
export function suppressed(text: string): Set<string> {
  return new Set([...text.matchAll(/^race:(\S+)$/gm)].map(([, name = '']) => name));
}

/** Whatever a switch's log has that is ours; the same only once. */
export function problemsIn(log: string): string[] {
  const file = readFileSync(join(packageRoot(), 'native/tsan.supp'), 'utf8');
  const known = suppressed(file);
  const reports = reportsIn(log, functionsOf(builtProgram('vhost-switch'))).filter(
    ({ what, frames }) =>
      !what.startsWith('ThreadSanitizer') || !frames.some((frame) => known.has(frame)),
  );
  return [...new Set(reports.map(({ what, frames }) => `${what} ${frames.join(' < ')}`.trim()))];
}
