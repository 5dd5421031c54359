import type { ApplyMark } from '../../domain/index.js';

/** Why an existing domain is defined again; '' if it is not. */
export function reasons(of: {
  old: ApplyMark | undefined;
  edited: boolean;
  changed: boolean;
  set: string;
  /** Absent if it does not matter. */
  folder?: string;
}): string {
  if (of.old === undefined) return 'it was not defined by apply';
  const { set, folder } = of.old;
  const moved = set === of.set && of.folder !== undefined && of.folder !== folder;
  const described = [
    ...(set === of.set ? [] : [`it was in the set ${set}`]),
    ...(moved ? [`its files were in ${folder || 'a folder unknown'}`] : []),
    ...(of.changed ? ['the file has changed'] : []),
    ...(of.edited ? ['changed by somebody else'] : []),
  ];
  return described.join(', ');
}
