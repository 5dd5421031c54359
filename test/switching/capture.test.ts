/** Files of mirrored ports: the switch opens none that a client names. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { capture } from '../../src/switch/capture.js';
import { SwitchClient } from '../../src/switch/client.js';
import { type RealSwitch, withRealSwitch } from '../switch/real-switch.js';

const withPort = (use: (client: SwitchClient, one: RealSwitch) => Promise<void>) =>
  withRealSwitch(async (one) => {
    const client = await SwitchClient.connect(one.socket, { deadlineMs: 60_000 });
    try {
      const path = join(one.folder, 'p.sock');
      await client.addPort({ name: 'p', path, listener: 'switch' });
      await use(client, one);
    } finally {
      client.close();
    }
  });

it('a file is made anew in the folder of captures; a path in the request is refused', () =>
  withPort(async (client, { folder }) => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    const named = client.mirrorPort('p', victim as never);
    await expect(named).rejects.toMatchObject({ exitCode: 2 });
    mkdirSync(join(folder, 'captures'), { mode: 0o700 });
    symlinkSync(victim, join(folder, 'captures/p.1.pcap'));
    const { changed, port } = await client.mirrorPort('p', true);
    expect([changed, port.mirror]).toEqual([true, join(folder, 'captures/p.2.pcap')]);
    expect(lstatSync(port.mirror ?? '').mode & 0o777).toBe(0o600);
    expect(await client.mirrorPort('p', true)).toMatchObject({ changed: false });
    expect(await client.mirrorPort('p', false)).toMatchObject({ changed: true });
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  }));

it('there are as many as the setting says', () =>
  withPort(async (client) => {
    await client.set({ capture_files: 2 });
    for (let i = 0; i < 2; i++) {
      await client.mirrorPort('p', true);
      await client.mirrorPort('p', false);
    }
    await expect(client.mirrorPort('p', true)).rejects.toThrow(
      '2 captures are there already; remove one, or raise capture_files',
    );
  }));

it('a folder that others may write to is not used', () =>
  withPort(async (client, { folder }) => {
    mkdirSync(join(folder, 'real'), { mode: 0o700 });
    symlinkSync(join(folder, 'real'), join(folder, 'captures'));
    await expect(client.mirrorPort('p', true)).rejects.toThrow('only the switch');
  }));

it('vmlane moves it into a file of the user, which must be new', () =>
  withPort(async (client, { folder }) => {
    const file = join(folder, 'mine.pcap');
    const end = new AbortController();
    const taken = capture(client, 'p', file, { signal: end.signal });
    await expect.poll(() => existsSync(file)).toBe(true);
    const busy = capture(client, 'p', join(folder, 'b'), { signal: end.signal });
    await expect(busy).rejects.toThrow('is mirrored already');
    end.abort();
    expect(await taken).toEqual({ bytes: 24, asked: true });
    expect(readFileSync(file)).toHaveLength(24);
    expect(lstatSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, 'captures/p.1.pcap'))).toBe(false);
    const again = () => capture(client, 'p', file, { signal: end.signal });
    await expect(again()).rejects.toThrow('is there already; name another, or replace it');
    symlinkSync(file, join(folder, 'link'));
    const linked = capture(client, 'p', join(folder, 'link'), { force: true, signal: end.signal });
    await expect(linked).rejects.toThrow('no regular file');
    const forced = await capture(client, 'p', file, { force: true, signal: end.signal });
    expect(forced.bytes).toBe(24);
  }));
