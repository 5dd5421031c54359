/**
 * Makes Node's start-up snapshot for the wrapper (setup/wrapper): loads everything, and does once what
 * every start does, so that it is compiled, too. `node --snapshot-blob FILE DESCRIPTOR WRAPPER ARG…`
 * continues with `run`.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startupSnapshot } from 'node:v8';
import { checkStart } from '../guests/checks.js';
import { readStartFacts } from '../guests/start-facts.js';
import { guestOf, readSettings, settingsOf } from '../host/wrap/settings/index.js';
import { parseVersion, rewrite } from '../qemu/index.js';
// The wrapper loads these on demand; in a snapshot they cost nothing.
import { SwitchClient } from '../switch/client.js';
import { registerPorts } from '../switch/register.js';
import { readHost } from '../system/host.js';
import { run } from './run.js';

const ARGUMENTS = [
  ['-name', 'guest=web,debug-threads=on', '-uuid', '6c1b6a1e-6c2c-4cb2-9f0e-2d1b5ce01234'],
  ['-machine', 'pc-q35-7.2,accel=kvm,memory-backend=pc.ram', '-m', 'size=1048576k'],
  ['-object', '{"qom-type":"memory-backend-ram","id":"pc.ram","size":1073741824}'],
  ['-netdev', '{"type":"tap","fds":"33:34","vhost":true,"vhostfds":"35:36","id":"hostnet0"}'],
  ['-device', '{"driver":"virtio-net-pci","mq":true,"netdev":"hostnet0","id":"net0"}'],
].flat();

const SETTINGS = `# as people write them
emulator: /usr/bin/qemu-system-{arch}
memory: memfd
options: ["-cpu", "host"]
guests:
  web: {nics: [{mac: "52:54:00:12:34:56"}], keepOffloads: [csum]}
`;

startupSnapshot.setDeserializeMainFunction(() => run(process.argv.slice(1)));
void warmUp();

async function warmUp(): Promise<void> {
  const files = [{ path: 'wrap.yaml', text: SETTINGS }];
  const found = await readSettings(files, {}, guestOf(ARGUMENTS));
  const { policy } = settingsOf(found, 'qemu-wrap');
  const version = parseVersion('QEMU emulator version 7.2.0 (Debian)');
  const host = { ...readHost(ARGUMENTS, policy), ...(version && { version }) };
  const { ports } = rewrite(ARGUMENTS, policy, host);
  createHash('sha256').update('').digest('hex');
  const folder = mkdtempSync(join(tmpdir(), 'vmlane-snapshot-'));
  const socket = join(folder, 'socket');
  const server = createServer((peer) => {
    peer.on('data', (line) => {
      const { id, method, params } = JSON.parse(line.toString());
      peer.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: answer(method, params) })}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const client = await SwitchClient.connect(socket, { name: 'qemu-wrap' });
  checkStart({ guest: '', wanted: ports, listening: readStartFacts(ports).listening ?? new Set() });
  await registerPorts(client, ports);
  client.close();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
  // Node remembers when its next timer is due and arms no timer for later ones: the client's cancelled
  // deadline would keep every later process's timers from firing. This one fires, and is the last.
  await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The answer of a switch without ports. */
function answer(method: string, params: object): object {
  switch (method) {
    case 'hello':
      return { protocol: 1, name: 'vhost-switch', version: '', dpdk: '', pid: 1, uptime: 0 };
    case 'port.list':
      return { ports: [] };
    default: {
      const port = {
        listener: 'qemu',
        vlan: 0,
        id: 0,
        state: 'waiting',
        queues: 0,
        features: '0x0',
        lcore: 1,
      };
      return { changed: true, port: { ...port, ...params } };
    }
  }
}
