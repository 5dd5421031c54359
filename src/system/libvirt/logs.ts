/** libvirt's logs of guests. */
import { lookAt, type Root } from '../look/index.js';

const FOLDER = '/var/log/libvirt/qemu';
/** Limits: the end of each log, and a number of guests. */
const LAST_BYTES = 64 * 1024;
const MOST_LOGS = 200;
/** libvirt's line at a guest's start. Source: qemuLogOperation. */
const START = /: starting up libvirt version: /;

/** Lines of each guest's last start. */
export function readGuestLogs(root: Root = '/'): Map<string, readonly string[]> {
  const look = lookAt(root);
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
  return new Map(guests);
}
