import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withOwnFolder } from '../system/files/own-folder.js';
import { Failed } from '../values/errors.js';

/**
 * Runs virsh for operations that the bindings lack; returns what it prints. Rejects with virsh's message, and
 * with Failed if there is no virsh. Pass a domain's UUID: virsh would read a name of digits as a number.
 * `detached`: it hears no signal of the terminal's.
 */
export async function virsh(
  uri: string,
  words: readonly string[],
  { detached = false } = {},
): Promise<string> {
  // Loaded only here: a list needs no virsh.
  const { execa } = await import('execa');
  const ran = await execa('virsh', ['--quiet', '--connect', uri, ...words], {
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    reject: false,
    detached,
  });
  if (ran.exitCode === 0) return ran.stdout;
  if (ran.code === 'ENOENT') throw notInstalled(words[0] ?? '');
  throw new Error(reasonOf(ran.stderr) || `virsh ${words[0]} said nothing`);
}

/**
 * Why virsh failed, from its stderr: "error: Failed to attach device from …", then the reason, which may
 * begin with the same words: "error: Failed to open file …". A single line is the reason.
 */
export function reasonOf(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^error: /, '').trim());
  const said = lines.filter((line) => line !== '');
  const headline = said.findIndex((line) => line.startsWith('Failed to '));
  return said.filter((_, index) => index !== headline || said.length === 1).join(' ');
}

/**
 * The same, with a device's XML in a file that only we can read: virsh opens files and pipes, not
 * the sockets that Node gives to children.
 */
export async function virshWithFile(
  uri: string,
  command: 'attach-device' | 'detach-device',
  uuid: string,
  xml: string,
  flags: readonly string[],
): Promise<void> {
  await withXmlFile(xml, async (file) => {
    await virsh(uri, [command, '--domain', uuid, '--file', file, ...flags]);
  });
}

/** Calls `use` with a file of this content that only we can read. */
export function withXmlFile<T>(xml: string, use: (file: string) => Promise<T>): Promise<T> {
  return withOwnFolder(async (folder) => {
    const file = join(folder, 'libvirt.xml');
    await writeFile(file, xml, { mode: 0o600 });
    return use(file);
  });
}

function notInstalled(command: string): Failed {
  const problem = `not found; ${command} needs it`;
  return new Failed({ thing: 'virsh', problem, remedy: 'install libvirt-clients' });
}
