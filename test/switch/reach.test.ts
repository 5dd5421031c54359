import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { until } from '../../lab/poll.js';
import { dialError } from '../../src/switch/errors.js';
import { SwitchClient } from '../../src/switch/index.js';
import { type FakeSwitch, fakeSwitch, withFake } from './fake-switch.js';
import { inFolder } from './folder.js';

const none = { result: { ports: [] } };

/** What it is rejected with. */
function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Longer than the test may take: whoever waits for it hangs. */
const NEVER = { deadlineMs: 2 ** 31 - 1 };

// Deadlines run by a clock that the tests move: it stands while a busy machine keeps us waiting.
const DEADLINE = { deadlineMs: 2000 };
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Waits until the fake has been asked so often. */
const asked = (fake: FakeSwitch, times: number) =>
  until({ ...{ thing: 'fake', problem: 'is not asked', remedy: '' }, ms: 60_000 }, async () => {
    return fake.asked.length >= times || undefined;
  });

describe('a socket that cannot be reached is refused at once', () => {
  it('no file', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'switch.sock');
      const error = await rejection(SwitchClient.connect(path, NEVER));
      expect(error).toMatchObject({
        kind: 'missing',
        message: `${path}: no switch is running there (no such file); start it with 'vmlane switch start'`,
      });
    }));

  it('a file where nobody listens any more', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'switch.sock');
      await writeFile(path, '');
      const error = await rejection(SwitchClient.connect(path, NEVER));
      expect(error).toMatchObject({
        kind: 'refused',
        message: `${path}: no switch is running there (nobody listens); start it with 'vmlane switch start'`,
      });
    }));

  it('a parent that is a file', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      const path = join(folder, 'file/switch.sock');
      await expect(SwitchClient.connect(path)).rejects.toMatchObject({ kind: 'missing' });
    }));

  // Root may connect everywhere, so the system's answer is given by hand.
  it('no permission', () => {
    const cause = Object.assign(new Error('connect EACCES'), { code: 'EACCES' });
    expect(dialError('/run/s', cause)).toMatchObject({
      kind: 'denied',
      message:
        "/run/s: permission denied; run as root, or start the switch with --look-group, --change-group or --admin-group and a group of yours (see 'vmlane switch start --help')",
    });
  });
});

describe('deadline', () => {
  it('ends a hello that nobody answers', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'switch.sock');
      const fake = await fakeSwitch(
        path,
        () => undefined,
        () => undefined,
      );
      const outcome = rejection(SwitchClient.connect(path, DEADLINE));
      await asked(fake, 1);
      vi.advanceTimersByTime(1999);
      expect(await Promise.race([outcome, setImmediate('not yet')])).toBe('not yet');
      vi.advanceTimersByTime(1);
      const error = await outcome;
      expect(error).toMatchObject({ kind: 'late' });
      expect((error as Error).message).toContain(`${path}: no answer to hello within 2000 ms`);
      await fake.close();
    }));

  it('ends a request; the next one is answered on a new connection', () => {
    let silent = true;
    return withFake(
      () => (silent ? undefined : none),
      async (path, fake) => {
        const client = await SwitchClient.connect(path, DEADLINE);
        const late = rejection(client.ports());
        await asked(fake, 2);
        vi.advanceTimersByTime(2000);
        expect(await late).toMatchObject({ kind: 'late' });
        silent = false;
        expect(await client.ports()).toEqual([]);
        expect(fake.asked.map(({ method }) => method)).toEqual([
          'hello',
          'port.list',
          'hello',
          'port.list',
        ]);
        client.close();
      },
    );
  });
});

describe('a switch that goes away', () => {
  it('between requests is dialled again', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'switch.sock');
      const first = await fakeSwitch(path, () => none);
      const client = await SwitchClient.connect(path, NEVER);
      await first.close();
      const asked = client.ports();
      await sleep(200);
      const second = await fakeSwitch(
        path,
        () => none,
        () => ({
          result: { protocol: 1, name: 'vhost-switch', version: '2', dpdk: '', pid: 7, uptime: 0 },
        }),
      );
      expect(await asked).toEqual([]);
      expect(client.hello.pid).toBe(7);
      client.close();
      await second.close();
    }));

  it('and stays away is reported as not running, at the deadline', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'switch.sock');
      const fake = await fakeSwitch(path, () => none);
      const client = await SwitchClient.connect(path, DEADLINE);
      await fake.close();
      const outcome = rejection(client.ports());
      vi.advanceTimersByTime(1999);
      // It dials meanwhile.
      expect(await Promise.race([outcome, sleep(300, 'not yet')])).toBe('not yet');
      vi.advanceTimersByTime(1);
      expect(await outcome).toMatchObject({ kind: 'missing' });
      client.close();
    }));

  it('with a request under way gets it once more', () => {
    let times = 0;
    return withFake(
      (_asked, drop) => {
        times += 1;
        if (times === 1) drop();
        return none;
      },
      async (path) => {
        const client = await SwitchClient.connect(path);
        expect(await client.ports()).toEqual([]);
        expect(times).toBe(2);
        client.close();
      },
    );
  });

  it('with a request under way twice is given up', () =>
    withFake(
      (_asked, drop) => drop() as undefined,
      async (path, fake) => {
        const client = await SwitchClient.connect(path);
        await expect(client.ports()).rejects.toMatchObject({ kind: 'lost' });
        expect(fake.asked.filter(({ method }) => method === 'port.list')).toHaveLength(2);
        client.close();
      },
    ));

  it('does not take others with a deadline of their own down', () => {
    let silent = true;
    return withFake(
      ({ method }) => (method === 'port.list' && silent ? undefined : none),
      async (path, fake) => {
        const client = await SwitchClient.connect(path, DEADLINE);
        const late = rejection(client.ports());
        vi.advanceTimersByTime(1000);
        const other = client.ports();
        await asked(fake, 3);
        silent = false;
        vi.advanceTimersByTime(1000);
        expect(await late).toMatchObject({ kind: 'late' });
        expect(await other).toEqual([]);
        client.close();
      },
    );
  });
});

it('a closed client refuses, those under way too', () =>
  withFake(
    () => undefined,
    async (path) => {
      const client = await SwitchClient.connect(path);
      const asked = client.ports();
      client.close();
      await expect(asked).rejects.toMatchObject({ kind: 'closed' });
      await expect(client.ports()).rejects.toMatchObject({ kind: 'closed' });
    },
  ));
