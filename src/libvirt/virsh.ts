import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failed } from '../errors.js';

/**
 * Runs virsh for what the bindings lack, with a device's XML in a file that only we can read: virsh
 * opens files and pipes, not the sockets that Node gives to children. Rejects with virsh's words.
 */
export async function virshWithFile(
  uri: string,
  command: 'attach-device' | 'detach-device',
  uuid: string,
  xml: string,
  flags: readonly string[],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
  try {
    const file = join(folder, 'device.xml');
    await writeFile(file, xml, { mode: 0o600 });
    const words = ['--quiet', '--connect', uri, command, '--domain', uuid, '--file', file];
    const ran = await execa('virsh', [...words, ...flags], {
      env: { LC_ALL: 'C' },
      stdin: 'ignore',
      reject: false,
    });
    if (ran.exitCode === 0) return;
    if (ran.code === 'ENOENT') throw notInstalled();
    // "error: Failed to attach device from …", then the reason.
    const lines = ran.stderr.split('\n').map((line) => line.replace(/^error: /, '').trim());
    throw new Error(lines.filter((line) => line && !line.startsWith('Failed to ')).join(' '));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function notInstalled(): Failed {
  const problem = 'not found; plugging devices needs it';
  return new Failed({ thing: 'virsh', problem, remedy: 'install libvirt-clients' });
}
