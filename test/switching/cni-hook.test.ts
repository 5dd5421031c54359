/** The hook that mounts a socket's folder into a container, in a mount namespace as a runtime calls it. Needs root. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PYTHON } from '../../lab/python.js';
import { packageRoot } from '../../src/switch/paths.js';

const HOOK = join(packageRoot(), 'templates/cni/hook');

let folder: string;
let server: Server;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vmlane-hook-'));
  for (const name of ['root', 'root/run', 'sockets', 'sockets/x@eth0', 'volume'])
    mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'config.json'), '{"root": {"path": "root"}}');
  server = createServer((one) => one.destroy());
  await new Promise<void>((done) => server.listen(join(folder, 'sockets/x@eth0/net.sock'), done));
});
afterEach(async () => {
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

/** The hook between two scripts, all in one mount namespace. */
function hooked(before: string, after: string) {
  const script = `set -e; cd "$1"; ${before}\n"$2" "$1/sockets"\n${after}`;
  const words = ['-m', '--propagation=private', 'sh', '-c', script, 'sh', folder, HOOK];
  const input = JSON.stringify({ ociVersion: '1.0.2', id: 'x', bundle: folder });
  return execa('unshare', words, { input, reject: false });
}

const DIAL = `import socket; socket.socket(socket.AF_UNIX).connect("root/run/net/eth0/net.sock")`;

it('root in the container may dial the socket, and change nothing beside it', async () => {
  const { exitCode, stdout, stderr } = await hooked(
    ':',
    `${PYTHON} -c '${DIAL}' && echo dialled
cd root/run/net/eth0
for act in 'touch x' 'rm net.sock' 'chmod 777 .' 'mv net.sock x'; do $act 2>&1 || echo refused; done
findmnt -n -o OPTIONS -M "$PWD"`,
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^dialled\n/);
  expect(stdout.match(/Read-only file system\nrefused/g)).toHaveLength(4);
  expect(stdout.split('\n').at(-1)).toMatch(/^ro,nosuid,nodev,noexec/);
});

it.each(['run', 'run/net'])(
  'a mount of the container at /%s is refused, and left as it is',
  async (at) => {
    const mounted = `mkdir -p root/${at}; mount --bind volume root/${at}`;
    const { exitCode, stderr } = await hooked(mounted, 'echo mounted');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `vmlane: ${folder}/root/${at}: is a mount of the container's; mount that elsewhere`,
    });
  },
);
