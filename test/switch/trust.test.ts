import { chmod, chown, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SwitchClient } from '../../src/switch/index.js';
import { untrusted } from '../../src/switch/trust.js';
import { withFake } from './fake-switch.js';
import { inFolder } from './folder.js';

const ours = { uid: 1000, mode: 0o140600 };
const roots = { uid: 0, mode: 0o140666 };
const foreign = { uid: 107, mode: 0o140600 };
const folder = (uid: number, mode: number) => ({ uid, mode: 0o040000 | mode });

describe('a control socket is believed', () => {
  it.each([
    [roots, folder(0, 0o755)],
    [ours, folder(1000, 0o700)],
    [roots, folder(1000, 0o700)],
    [ours, folder(0, 0o1777)],
    // Not there, or not to be seen: the dial says so.
    [undefined, folder(0, 0o755)],
    [undefined, undefined],
  ])('%j in %j', (socket, above) => {
    expect(untrusted(1000, '/f', socket, above)).toBeUndefined();
  });
});

describe('a control socket is not believed', () => {
  it.each([
    [foreign, folder(0, 0o755), 'it belongs to uid 107, neither to root nor to you'],
    [foreign, folder(0, 0o1777), 'it belongs to uid 107, neither to root nor to you'],
    [roots, folder(107, 0o755), 'its folder /f belongs to uid 107, who can put any other there'],
    [roots, folder(0, 0o777), 'others may write to its folder /f, and put any other there'],
    [roots, folder(0, 0o2770), 'others may write to its folder /f, and put any other there'],
  ])('%j in %j', (socket, above, problem) => {
    expect(untrusted(1000, '/f', socket, above)).toBe(problem);
  });

  it('whatever it says', () =>
    withFake(
      () => ({ result: { ports: [] } }),
      async (path, fake) => {
        await chmod(join(path, '..'), 0o777);
        await expect(SwitchClient.connect(path)).rejects.toMatchObject({
          kind: 'untrusted',
          message: expect.stringMatching(
            /^.*switch\.sock: others may write to its folder .*; stop that program and run 'vmlane switch start' as root, or name another --control-socket$/,
          ),
        });
        expect(fake.asked).toEqual([]);
      },
    ));

  it.skipIf(process.getuid?.() !== 0)("nor another user's, a link to one neither", () =>
    inFolder(async (place) => {
      const path = join(place, 'switch.sock');
      const server = createServer().listen(path);
      await chown(path, 4711, 4711);
      const error = { kind: 'untrusted', message: expect.stringContaining('uid 4711') };
      await expect(SwitchClient.connect(path)).rejects.toMatchObject(error);
      const link = join(place, 'link.sock');
      await symlink(path, link);
      await expect(SwitchClient.connect(link)).rejects.toMatchObject(error);
      server.close();
    }),
  );
});
