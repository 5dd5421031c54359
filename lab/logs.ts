import { readdir } from 'node:fs/promises';
import { tail } from '../src/trial/tail.js';

/** Logs of the world's daemons. */
export const logFiles = {
  switch: '/run/vmlane/switch.log',
  libvirtd: '/run/lab/libvirtd.log',
} as const;

/** Folders of the guests' logs, by writer. */
const guestLogs = { guest: '/run/lab', 'QEMU of': '/var/log/libvirt/qemu' } as const;

/** The tails of all logs, for debugging. */
export async function allTails(): Promise<string> {
  const guests = Object.entries(guestLogs).map(async ([who, folder]) => {
    const names = await readdir(folder).catch(() => []);
    const logs = names.filter((name) => name.endsWith('.log') && name !== 'libvirtd.log');
    return logs.map((name) => [`${who} ${name.slice(0, -4)}`, `${folder}/${name}`] as const);
  });
  const files = [...Object.entries(logFiles), ...(await Promise.all(guests)).flat()];
  const parts = files.map(async ([who, file]) => `--- ${who} (${file})\n${await tail(file)}\n`);
  return (await Promise.all(parts)).join('');
}
