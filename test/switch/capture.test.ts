/** A switch that has been taken over says where a capture is; vmlane, mostly as root, reads and removes it. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Port } from '../../src/contract/types.js';
import { capture } from '../../src/switch/capture.js';
import type { SwitchClient } from '../../src/switch/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmlane-capture-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A switch that mirrors every port to this file; it dies at the end where `dies`. */
function saying(mirror: string, dies = false) {
  const asked: boolean[] = [];
  const port = (on: boolean) => ({ name: 'p', mirror: on ? mirror : null }) as Port;
  const client: Pick<SwitchClient, 'mirrorPort' | 'ports'> = {
    mirrorPort: async (_, on) => {
      asked.push(on);
      if (!on && dies) throw new Error('the switch is gone');
      return { changed: true, port: port(on) };
    },
    ports: async () => [port(true)],
  };
  return { client, asked };
}

const taken = (client: ReturnType<typeof saying>['client']) =>
  capture(client, 'p', join(folder, 'mine'), { signal: AbortSignal.abort() });

it.each(['shadow', 'p.pcap', 'p.x.pcap', 'q.1.pcap', 'p.1.pcap.sh'])(
  'a file called %s is neither read nor removed',
  async (name) => {
    const precious = join(folder, name);
    writeFileSync(precious, 'precious');
    const { client, asked } = saying(precious);
    await expect(taken(client)).rejects.toThrow('which is no capture of it');
    expect(readFileSync(precious, 'utf8')).toBe('precious');
    expect(existsSync(join(folder, 'mine'))).toBe(false);
    expect(asked).toEqual([true, false]);
  },
);

it("the switch's file is moved, and is gone even if the switch is", async () => {
  const path = join(folder, 'p.1.pcap');
  writeFileSync(path, 'frames');
  const { client } = saying(path, true);
  await expect(taken(client)).rejects.toThrow('the switch is gone');
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('frames');
});

it('a folder of that name is no capture', async () => {
  const path = join(folder, 'p.1.pcap');
  mkdirSync(path);
  await expect(taken(saying(path).client)).rejects.toThrow();
  expect(existsSync(path)).toBe(true);
});
