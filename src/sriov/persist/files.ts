/** Files that restore VFs after a boot of the host. Pure, except for reading templates. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../switch/paths.js';
import type { Pf } from '../../system/devices/vfs.js';
import { InvalidInput } from '../../values/errors.js';
import { nameOf } from '../names.js';
import { type Saved, savedText } from './saved.js';

/** What runs `vmlane sriov restore`: a unit, or a script at link-up of the PF. */
export const KINDS = ['systemd', 'networkmanager', 'networkd'] as const;
export type Kind = (typeof KINDS)[number];

/** A wanted file; paths are relative to the root. */
export interface PersistFile {
  path: string;
  /** Its text, or a link's target. */
  text: string;
  kind: 'file' | 'program' | 'link';
}

/** Absolute paths of the programs named in the files. */
export interface Programs {
  node: string;
  main: string;
}

/** The file with the saved state. */
export function savedPath({ address }: Pick<Pf, 'address'>): string {
  return `etc/vmlane/sriov/${address}.json`;
}

/** All files that a PF may have: the first is the saved state, the others restore it. */
export function pathsOf(pf: Pick<Pf, 'address'>): string[] {
  return [savedPath(pf), ...KINDS.flatMap((kind) => runners(kind, pf).map(({ path }) => path))];
}

function runners(kind: Kind, { address }: Pick<Pf, 'address'>) {
  // systemd would read a colon as part of an address, and a dispatcher checks names, too.
  const name = `vmlane-sriov-${address.replaceAll(':', '-')}`;
  const units = 'etc/systemd/system';
  const places = {
    systemd: [
      { path: `${units}/${name}.service`, kind: 'file' },
      { path: `${units}/multi-user.target.wants/${name}.service`, kind: 'link' },
    ],
    networkmanager: [{ path: `etc/NetworkManager/dispatcher.d/99-${name}`, kind: 'program' }],
    networkd: [{ path: `etc/networkd-dispatcher/routable.d/50-${name}`, kind: 'program' }],
  } as const;
  return places[kind];
}

const TEMPLATES: Record<Kind, string> = {
  systemd: 'systemd.service',
  networkmanager: 'networkmanager',
  networkd: 'networkd',
};

/** The files of one kind. @throws InvalidInput for names that do not fit into a unit or a script */
export function persistFiles(kind: Kind, pf: Pf, saved: Saved, programs: Programs): PersistFile[] {
  const netdev = plain(nameOf(pf), /^[\w.-]{1,15}$/, 'rename the interface');
  const file = `/${savedPath(pf)}`;
  const path = /^\/[\w@+./-]+$/;
  const words: Record<string, string> = {
    PF: pf.address,
    NETDEV: netdev,
    // Source: systemd-escape.
    UNIT: netdev.replaceAll('-', '\\x2d'),
    NODE: plain(programs.node, path, 'install Node where the path has no other characters'),
    MAIN: plain(programs.main, path, 'move vmlane where the path has no other characters'),
    FILE: file,
  };
  const template = readFileSync(join(packageRoot(), 'templates/sriov', TEMPLATES[kind]), 'utf8');
  const text = template.replace(/@([A-Z]+)@/g, (_, name: string) => words[name] ?? '');
  const [first, link] = runners(kind, pf);
  return [
    { path: savedPath(pf), text: savedText(saved), kind: 'file' },
    { path: first.path, text, kind: first.kind },
    ...(link
      ? [{ path: link.path, text: `../${first.path.replace(/.*\//, '')}`, kind: link.kind }]
      : []),
  ];
}

function plain(text: string, allowed: RegExp, remedy: string): string {
  if (allowed.test(text)) return text;
  throw new InvalidInput({ thing: text, problem: 'has characters that do not go there', remedy });
}

/** Whether vmlane wrote a file with this name. */
export function isOurs(path: string, text: string): boolean {
  if (path.endsWith('.json')) return /^\{\s*"version": \d+,\s*"pf": /.test(text);
  return text.includes('# vmlane sriov persist: ') || /^\.\.\/vmlane-sriov-/.test(text);
}
