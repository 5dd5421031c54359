import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../../../system/text.js';
import type { LogFacts } from '../facts.js';
import type { Answer } from './programs.js';

const FOLDER = 'var/log/libvirt/qemu';
/** Of each log the end, and not of every guest that ever was. */
const LAST_BYTES = 64 * 1024;
const MOST_LOGS = 200;
/** With what libvirt begins a guest's start. Source: qemuLogOperation. */
const START = /: starting up libvirt version: /;

export function readLogs(dmesg: Answer, root: string): LogFacts {
  const logs = namesIn(join(root, FOLDER)).filter((name) => name.endsWith('.log'));
  const age = new Map(logs.map((name) => [name, writtenAt(join(root, FOLDER, name))]));
  const newest = [...logs].sort((one, other) => (age.get(other) ?? 0) - (age.get(one) ?? 0));
  const guests = newest
    .slice(0, MOST_LOGS)
    .sort()
    .map((name): [string, string[]] => {
      const lines = endOf(join(root, FOLDER, name))
        .split('\n')
        .filter(Boolean);
      const last = lines.findLastIndex((line) => START.test(line));
      return [name.slice(0, -'.log'.length), lines.slice(last + 1)];
    });
  return {
    ...('text' in dmesg && { kernel: dmesg.text.split('\n').filter(Boolean) }),
    guests: new Map(guests),
  };
}

function writtenAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function endOf(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return ''; // gone, or not ours to read
  }
  try {
    const { size } = fstatSync(file);
    const from = Math.max(0, size - LAST_BYTES);
    const buffer = Buffer.alloc(Math.min(size, LAST_BYTES));
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, from));
  } finally {
    closeSync(file);
  }
}
