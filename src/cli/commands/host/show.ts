/** Shows the steps of `vmlane host setup`, and what --undo would take back. */

import type { HostChange, HostPlan } from '../../../system/files/changes.js';
import { releaseAll } from '../../../system/files/claims.js';
import { argvOf, isCommand, removalOf } from '../../../system/files/commands.js';
import type { Entry } from '../../../system/files/entry.js';
import type { HostFiles } from '../../../system/files/host-files.js';
import { shellWords } from '../../../values/shell.js';
import { unifiedDiff } from '../../diff.js';
import { type Io, say } from '../../io.js';
import { type Json, printJson } from '../../output.js';

interface How {
  asJson: boolean;
  live: boolean;
  changed: boolean;
  shortages: readonly string[];
}

/** On stdout: diffs of files, and the other steps as equivalent commands. On stderr: what is left to do. */
export function showPlan(io: Io, { steps, notes }: HostPlan, how: How): void {
  const { asJson, live, changed, shortages } = how;
  if (asJson) {
    const described = steps.map((step) => stepJson(step)).filter((step) => step !== undefined);
    printJson(io, { changed, steps: described, notes: [...notes], shortages: [...shortages] });
  } else io.out(steps.map((step) => stepText(step, io.color)).join(''));
  for (const lack of shortages) say(io, lack);
  for (const note of notes) say(io, note);
  for (const step of live ? [] : steps) {
    if ((step.kind !== 'command' && step.kind !== 'account') || step.run === undefined) continue;
    say(io, `no program runs in another root; run there: ${commandText(step.run)}`);
  }
  if (steps.length === 0) say(io, 'nothing to change');
  else if (changed) say(io, "done; 'vmlane host setup --undo' takes it back");
}

/** What `host setup --undo` would take back of a whole journal, the newest first. */
export function showJournal(
  io: Io,
  entries: readonly Entry[],
  files: HostFiles,
  asJson: boolean,
): void {
  const own = entries.filter(({ by }) => by === 'setup').reverse();
  const lines = own.map((entry) => {
    if (entry.kind === 'command') return { what: commandText(entry.undo) };
    if (entry.kind === 'account') return { what: commandText(removalOf(entry.name)) };
    const { path } = entry;
    if (entry.kind !== 'file' && entry.kind !== 'block') return { what: path };
    const now = files.text(path);
    const after = entry.kind === 'file' ? entry.before?.text : releaseAll(entries, entry, now).text;
    return { what: path, diff: unifiedDiff(now ?? '', after ?? '', path, io.color) };
  });
  if (asJson) printJson(io, { changed: false, undo: lines.map(({ what }) => what) });
  else io.out(lines.map(({ what, diff }) => diff ?? `# ${what}\n`).join(''));
  if (lines.length === 0) say(io, 'there is nothing to give back');
}

function stepText(step: HostChange, color: boolean): string {
  switch (step.kind) {
    case 'file':
      return unifiedDiff(step.before ?? '', step.after, step.path, color);
    case 'remove':
      return unifiedDiff(step.before, '', step.path, color);
    case 'folder': {
      const { path, uid, gid, mode } = step;
      return `# install -d -o ${uid} -g ${gid} -m ${mode.toString(8)} ${path}\n`;
    }
    case 'link':
      return `# ln -s ${step.target} ${step.path}\n`;
    case 'write':
      return `# echo ${step.after} > ${step.path}   (${step.before} now)\n`;
    case 'account':
    case 'command':
      return step.run === undefined ? '' : `# ${commandText(step.run)}\n`;
  }
}

function stepJson(step: HostChange): Json | undefined {
  if (step.kind === 'command') {
    if (step.run === undefined) return undefined;
    return { kind: 'command', argv: [...argvOf(step.run)], why: step.why };
  }
  if (step.kind === 'account') {
    const { kind, name, run, why } = step;
    return { kind, name, argv: [...argvOf(run)], why };
  }
  if (step.kind === 'file') {
    const { kind, path, before = null, after, mode, why } = step;
    return { kind, path, before, after, mode, why };
  }
  if (step.kind === 'write') {
    const { pageSize, ...write } = step;
    return { ...write, page_size: pageSize };
  }
  return { ...step };
}

function commandText(name: string): string {
  return isCommand(name) ? shellWords(argvOf(name)) : name;
}
