import type { Look } from '../../../system/look/index.js';
import type { LogFacts } from '../facts.js';
import type { Answer } from './programs.js';

const FOLDER = '/var/log/libvirt/qemu';
/** Of each log the end, and not of every guest that ever was. */
const LAST_BYTES = 64 * 1024;
const MOST_LOGS = 200;
/** With what libvirt begins a guest's start. Source: qemuLogOperation. */
const START = /: starting up libvirt version: /;

export function readLogs(dmesg: Answer, look: Look): LogFacts {
  const logs = look.names(FOLDER).filter((name) => name.endsWith('.log'));
  const age = new Map(logs.map((name) => [name, look.stat(`${FOLDER}/${name}`)?.changed ?? 0]));
  const newest = [...logs].sort((one, other) => (age.get(other) ?? 0) - (age.get(one) ?? 0));
  const guests = newest
    .slice(0, MOST_LOGS)
    .sort()
    .map((name): [string, string[]] => {
      const lines = look.end(`${FOLDER}/${name}`, LAST_BYTES).split('\n').filter(Boolean);
      const last = lines.findLastIndex((line) => START.test(line));
      return [name.slice(0, -'.log'.length), lines.slice(last + 1)];
    });
  return {
    ...('text' in dmesg && { kernel: dmesg.text.split('\n').filter(Boolean) }),
    guests: new Map(guests),
  };
}
