import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { configFiles, type Host, type Policy } from '../qemu/index.js';
import { readPages } from '../system/pages.js';

/** QEMU reads any length; a configuration file of more than this is none. */
const LONGEST_CONFIG = 1024 * 1024;

/**
 * What the rewriting may want to know of this host, apart from QEMU's version. `root` stands for
 * `/`, but not for the files of -readconfig. What cannot be read is absent.
 */
export function readHost(argv: readonly string[], policy: Policy, root = '/'): Host {
  const { nics, backend } = policy;
  const wantsTaps = Array.isArray(nics) && nics.some((selector) => 'tap' in selector);
  const opensFiles = backend.kind === 'vhostfd' || backend.kind === 'tap-fd';
  return {
    ...readPages(root),
    configs: readConfigs(argv),
    ...(wantsTaps && { taps: readTaps(root) }),
    ...(opensFiles && { descriptors: new Set(descriptors(root)) }),
  };
}

/** A pipe can be read once, and that is for QEMU. */
function readConfigs(argv: readonly string[]): Map<string, string> {
  return new Map(
    configFiles(argv).flatMap((path): [string, string][] => {
      const text = attempt(() => {
        const found = statSync(path);
        return found.isFile() && found.size <= LONGEST_CONFIG
          ? readFileSync(path, 'utf8')
          : undefined;
      });
      return text === undefined ? [] : [[path, text]];
    }),
  );
}

/** A tap's descriptor tells the name as `iff:`. Source: tun_chr_show_fdinfo of Linux. */
function readTaps(root: string): Map<number, string> {
  return new Map(
    descriptors(root).flatMap((fd): [number, string][] => {
      const text = attempt(() => readFileSync(join(root, 'proc/self/fdinfo', String(fd)), 'utf8'));
      const name = /^iff:\t(\S+)$/m.exec(text ?? '')?.[1];
      return name === undefined ? [] : [[fd, name]];
    }),
  );
}

function descriptors(root: string): number[] {
  return (attempt(() => readdirSync(join(root, 'proc/self/fd'))) ?? []).map(Number);
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
