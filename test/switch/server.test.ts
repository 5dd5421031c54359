import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { patience } from '../../lab/slow.js';
import { SwitchClient } from '../../src/switch/index.js';
import { converse } from './converse.js';
import { inFolder } from './folder.js';
import { startRealSwitch, withRealSwitch } from './real-switch.js';
import { difference, readTranscript, transcriptNames } from './transcript.js';

describe('vhost-switch answers as in the transcript', () => {
  it.each(transcriptNames)('%s', async (name) => {
    const exchanges = readTranscript(name);
    const answers = await withRealSwitch(({ socket }) =>
      converse(
        socket,
        exchanges.map(({ request }) => request),
      ),
    );
    const wrong = exchanges.flatMap(({ answer, line }, i) => {
      const told = difference(answer, answers[i]);
      return told === undefined ? [] : [`${name}.txt:${line} ${told}`];
    });
    expect(wrong).toEqual([]);
  });
});

describe('SwitchClient with the real vhost-switch', () => {
  it('adds, lists and removes ports, a listening one with its socket', () =>
    withRealSwitch(async ({ socket, folder }) => {
      const client = await SwitchClient.connect(socket);
      try {
        const path = join(folder, 'a.sock');
        const added = await client.addPort({ name: 'a.0', path, listener: 'switch', vlan: 7 });
        expect(added).toMatchObject({
          changed: true,
          port: { name: 'a.0', vlan: 7, listener: 'switch' },
        });
        expect(existsSync(path)).toBe(true);
        expect(await client.ports()).toEqual([added.port]);
        expect((await client.stats('a.0')).ports.map(({ name }) => name)).toEqual(['a.0']);
        expect(await client.fdb({ vlan: 7 })).toEqual({ entries: [], total: 0 });
        expect(await client.removePort('a.0')).toEqual({ changed: true });
        expect(existsSync(path)).toBe(false);
      } finally {
        client.close();
      }
    }));

  it('goes on after the switch was killed and started again, its ports kept', () =>
    inFolder(async (folder) => {
      const first = await startRealSwitch(folder);
      const client = await SwitchClient.connect(first.socket, { deadlineMs: patience(60_000) });
      try {
        await client.addPort({ name: 'a.0', path: join(folder, 'a.sock') });
        await first.end('SIGKILL');
        const asked = client.ports(); // while nobody is there
        const second = await startRealSwitch(folder);
        try {
          expect((await asked).map(({ name }) => name)).toEqual(['a.0']);
          expect(client.hello.pid).toBe(second.process.pid);
        } finally {
          await second.end('SIGTERM');
        }
      } finally {
        client.close();
        await first.end('SIGKILL');
      }
    }));
});
