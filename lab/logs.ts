import { readFile } from 'node:fs/promises';

/** Logs of the world, by writer. */
export const logFiles = {
  switch: '/run/vmlane/switch.log',
  libvirtd: '/run/lab/libvirtd.log',
  'guest a': '/run/lab/a.log',
  'guest b': '/run/lab/b.log',
  'QEMU of a': '/var/log/libvirt/qemu/a.log',
  'QEMU of b': '/var/log/libvirt/qemu/b.log',
} as const;

/** The last lines of a log, or why it cannot be read. */
export async function tail(file: string, lines = 15): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => error.message);
  return text.replaceAll('\r', '').trimEnd().split('\n').slice(-lines).join('\n');
}

/** The tails of all logs, for debugging. */
export async function allTails(): Promise<string> {
  const parts = Object.entries(logFiles).map(
    async ([who, file]) => `--- ${who} (${file})\n${await tail(file)}\n`,
  );
  return (await Promise.all(parts)).join('');
}
