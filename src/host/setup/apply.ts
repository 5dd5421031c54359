import { inWords } from '../../qemu/memory/pages.js';
import { carryOut } from '../../system/files/carry-out.js';
import type { HostChange } from '../../system/files/changes.js';
import type { HostFiles } from '../../system/files/host-files.js';
import type { Shortage } from '../../system/files/make.js';
import { type TakenBack, takeBack } from '../../system/files/take-back.js';

/** Result, once all steps are done. */
export interface Applied {
  /** What the kernel did not allocate, as text. */
  shortages: readonly string[];
}

/** Carries out the steps in order, all or none. @throws Failed */
export async function applySteps(
  steps: readonly HostChange[],
  files: HostFiles,
  signal?: AbortSignal,
): Promise<Applied> {
  const shortages = await carryOut(steps, files, { by: 'setup', ...(signal && { signal }) });
  return { shortages: shortages.map(shortageText) };
}

function shortageText({ why, pageSize, given, wanted }: Shortage): string {
  const lack = inWords((wanted - given) * pageSize);
  return `${why}: the kernel gave ${given} of ${wanted}, ${lack} are missing: memory is too full or too fragmented`;
}

/** Undoes everything that was ever set up; what cannot be undone stays recorded for another try. */
export async function undoSetup(files: HostFiles, signal?: AbortSignal): Promise<TakenBack> {
  return takeBack(files, { by: 'setup', ...(signal && { signal }) });
}
