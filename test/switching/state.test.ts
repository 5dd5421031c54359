/** The state file: what all clients ask for at once is saved at once, and said only then. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { addPorts, SwitchClient } from '../../src/switch/index.js';
import { inFolder } from '../switch/folder.js';
import { type RealSwitch, startRealSwitch } from '../switch/real-switch.js';

const N = 200;

const requests = (folder: string) =>
  Array.from({ length: N }, (_, i) => ({ name: `p${i}`, path: join(folder, `${i}.sock`) }));

async function withClient<T>({ socket }: RealSwitch, use: (client: SwitchClient) => Promise<T>) {
  const client = await SwitchClient.connect(socket, { deadlineMs: 60_000 });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

const namesOf = (ports: readonly { name: string }[]) => ports.map(({ name }) => name).sort();

it('killed at any moment, it has every port that was said to be added', () =>
  inFolder(async (folder) => {
    const said: string[] = [];
    for (const [round, after] of [1, 20, 50, 99].entries()) {
      const one = await startRealSwitch(folder);
      await withClient(one, async (client) => {
        expect(namesOf(await client.ports())).toEqual(expect.arrayContaining([...said]));
        let n = 0;
        const all = Array.from({ length: 100 }, async (_, i) => {
          const name = `r${round}-${i}`;
          await client.addPort({ name, path: join(folder, `${name}.sock`) });
          said.push(name);
          if (++n !== after) return;
          one.process.kill('SIGKILL');
          client.close();
        });
        await Promise.allSettled(all);
        expect(n).toBeGreaterThanOrEqual(after);
      });
      await one.end('SIGKILL');
    }
    const last = await startRealSwitch(folder);
    await withClient(last, async (client) => {
      expect(namesOf(await client.ports())).toEqual(expect.arrayContaining(said));
    });
    await last.end('SIGTERM');
  }));

it('what cannot be saved is refused, and ports are removed again', () =>
  inFolder(async (folder) => {
    const one = await startRealSwitch(folder);
    await withClient(one, async (client) => {
      const [first, ...others] = requests(folder);
      if (!first) throw new Error('none');
      await client.addPort(first);
      // The new file cannot be written beside the old one.
      const beside = join(folder, 'ports.json.new');
      await mkdir(join(beside, 'full'), { recursive: true });
      const adding = others.map((request) => client.addPort(request));
      const same = client.addPort(others[0] ?? first);
      const setting = client.setPort({ name: 'p0', vlan: 7 });
      // In between, one that changes nothing gets its own answer.
      const listed = client.ports();
      const refused = 'ports.json: cannot be written';
      const answers = await Promise.allSettled([...adding, same, setting]);
      for (const answer of answers) {
        expect(answer.status).toBe('rejected');
        expect(String((answer as PromiseRejectedResult).reason)).toContain(refused);
      }
      expect((await listed).length).toBeGreaterThan(0);
      expect(namesOf(await client.ports())).toEqual(['p0']);
      await rm(beside, { recursive: true });
      await addPorts(client, others);
      expect((await client.ports()).length).toBe(N);
      const { ports } = JSON.parse(await readFile(join(folder, 'ports.json'), 'utf8'));
      expect(namesOf(ports)).toEqual(namesOf(requests(folder)));
    });
    await one.end('SIGTERM');
  }));
