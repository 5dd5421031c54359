/** GC where something does not go: the rest goes. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { namesOf, socketFolderOf, socketIn } from '../../src/cni/call/names.js';
import { answer } from '../../src/cni/run.js';
import { FakePorts } from '../switch/fake-ports.js';
import { withFake } from '../switch/fake-switch.js';
import { inFolder } from '../switch/folder.js';
import { callsOf, STAND_IN } from './plugin.js';

afterEach(() => vi.unstubAllEnvs());

/** GC of the network `lan`, of which the switch has these ports; those that are stuck it does not remove. */
function collect(
  names: string[],
  stuck: string[],
  more: object,
  use: (result: { said: string; ports: string[]; folders: string[]; calls: string[] }) => void,
) {
  return inFolder((folder) => {
    const of = (name: string) =>
      socketFolderOf(folder, ATTACHED.get(name) ?? { container: name, ifname: 'x' });
    for (const name of names) mkdirSync(of(name));
    const ports = new FakePorts(
      names.map((name) => ({ name, path: socketIn(of(name)), listener: 'switch' })),
    );
    vi.stubEnv('STAND_IN', folder);
    return withFake(
      async ({ method, params }) => {
        if (method === 'port.list') return { result: { ports: await ports.ports() } };
        const name = String(params.name);
        if (stuck.includes(name)) return { error: { code: -32603, message: `${name} is stuck` } };
        return { result: await ports.removePort(name) };
      },
      async (controlSocket) => {
        const offered = `control-sockets: [${controlSocket}]\nsocket-folders: [${folder}]\n`;
        writeFileSync(join(folder, 'cni.yaml'), offered, { mode: 0o644 });
        const config = {
          ...{ cniVersion: '1.1.0', name: 'lan', type: 'vmlane-cni', mode: 'virtio-user' },
          ...{ controlSocket, socketFolder: folder, ipam: { type: STAND_IN }, ...more },
        };
        const settings = { VMLANE_SETTINGS: folder };
        const env = { CNI_COMMAND: 'GC', CNI_PATH: import.meta.dirname, ...settings };
        const { text } = await answer(env, async () => JSON.stringify(config));
        const folders = names.filter((name) => existsSync(of(name)));
        use({ said: text, ports: ports.names(), folders, calls: callsOf(folder) });
      },
    );
  });
}

const CONTAINERS = ['a', 'b', 'c'].map((container) => ({ container, ifname: 'eth0' }));
const ATTACHED = new Map(CONTAINERS.map((one) => [namesOf('lan', one).port, one]));
const [A, B, C] = [...ATTACHED.keys()] as [string, string, string];

const NONE = { 'cni.dev/valid-attachments': [] };

test('a port that does not go keeps neither the others nor the addresses', () =>
  collect([A, B, C, 'other'], [A], NONE, ({ said, ports, folders, calls }) => {
    expect(JSON.parse(said)).toMatchObject({ code: 100, msg: expect.stringContaining('is stuck') });
    expect([ports, folders]).toEqual([
      [A, 'other'],
      [A, 'other'],
    ]);
    expect(calls.map((one) => one.split(' ')[0])).toEqual(['GC']);
  }));

test.each([[null], [[]]])('valid attachments %j are none', (none) =>
  collect([A, 'other'], [], { 'cni.dev/valid-attachments': none }, ({ said, ports }) => {
    expect([said, ports]).toEqual(['', ['other']]);
  }),
);
