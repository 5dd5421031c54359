/** Who may do what at the control socket, tried as other users; needs root. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type RealSwitch, startRealSwitch } from '../switch/real-switch.js';

// Numbers that no account has: the switch goes by the kernel's, not by names.
const USER = 4711;
const [LOOK, CHANGE, ADMIN] = [4242, 4243, 4244];
const GROUPS = [
  ...['--look-group', `${LOOK}`, '--change-group', `${CHANGE}`, '--admin-group', `${ADMIN}`],
];

/** Opens so many connections, sends the lines on each, and prints what comes until all are closed or answered. */
const CLIENT = `
const { connect } = require('node:net');
const [path, count, ...lines] = process.argv.slice(1);
let open = Number(count);
const done = () => { if (--open === 0) process.exit(); };
for (let i = 0; i < Number(count); i++) {
  let got = '';
  const socket = connect(path, () => { if (lines.length) socket.write(lines.join('\\n') + '\\n'); });
  socket.on('data', (data) => {
    process.stdout.write(data);
    got += data;
    if (lines.length && count === '1' && got.split('\\n').length > lines.length) done();
  });
  socket.on('error', ({ code }) => process.stdout.write(JSON.stringify({ code }) + '\\n'));
  socket.on('close', done);
}`;

/** A client with this user and these groups. */
function client(user: number, groups: number[], words: string[]): ChildProcess {
  const [first = user, ...more] = groups;
  const as = [`--reuid=${user}`, `--regid=${first}`];
  as.push(more.length > 0 ? `--groups=${more.join(',')}` : '--clear-groups');
  const program = [process.execPath, '-e', CLIENT, '--', ...words];
  return spawn('setpriv', [...as, ...program], { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' });
}

const request = (method: string, params: object = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id: method, method, params });

/** The answers to these requests. */
async function ask(path: string, groups: number[], ...lines: string[]) {
  const { stdout } = client(USER, groups, [path, '1', ...lines]);
  const said = await text(stdout as Readable);
  return said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function withSwitch(own: string[], use: (one: RealSwitch) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
  // Others are to get as far as the socket.
  await chmod(folder, 0o755);
  const one = await startRealSwitch(folder, { own: ['--idle-sleep', '1000', ...own] });
  try {
    await use(one);
  } finally {
    await one.end('SIGTERM');
    await rm(folder, { recursive: true });
  }
}

const denied = (id: string | null, level?: string) => {
  const data = level === undefined ? {} : { data: { level } };
  return expect.objectContaining({ id, error: expect.objectContaining({ code: -32004, ...data }) });
};
const done = (id: string) => expect.objectContaining({ id, result: expect.anything() });

describe.skipIf(process.getuid?.() !== 0)('the control socket', () => {
  it("is root's alone when no group has a level", () =>
    withSwitch([], async ({ socket }) => {
      expect((await stat(socket)).mode & 0o777).toBe(0o600);
      expect(await ask(socket, [0], request('port.list'))).toEqual([{ code: 'EACCES' }]);
    }));

  it('lets groups do what their level allows, and tells others what would help', () =>
    withSwitch(GROUPS, async ({ socket, folder }) => {
      expect((await stat(socket)).mode & 0o777).toBe(0o666);
      const port = { name: 'p', path: join(folder, 'p.sock') };
      const lines = [
        request('hello', { protocol: 1 }),
        request('port.list'),
        request('port.add', port),
        request('port.add', { name: 'host0', path: '', interface: 'host0' }),
        request('port.add', { name: 'up0', path: '', device: 'net_tap0' }),
        request('switch.set', { ageing: 60 }),
        // For the others it is not even looked at.
        request('capture.start', { snap: 0 }),
      ];
      const [nobody] = await ask(socket, [], ...lines);
      expect(nobody).toEqual({
        jsonrpc: '2.0',
        id: null,
        error: {
          code: -32004,
          message: `user ${USER}: has no level at this switch; ask as root, or start the switch with --look-group, --change-group or --admin-group and one of the user's groups`,
        },
      });
      const may = ['hello', 'port.list'].map(done);
      const administer = ['switch.set', 'capture.start'].map((method) =>
        denied(method, 'administer'),
      );
      // A group of its own, or one more.
      for (const groups of [[LOOK], [USER, 9, LOOK]]) {
        const change = denied('port.add', 'change');
        const answers = await ask(socket, groups, ...lines);
        expect(answers).toEqual([...may, change, change, change, ...administer]);
      }
      // Of several the highest counts.
      for (const groups of [[CHANGE], [CHANGE, LOOK], [LOOK, CHANGE]]) {
        const [change, host] = [done('port.add'), denied('port.add', 'administer')];
        const answers = await ask(socket, groups, ...lines);
        expect(answers).toEqual([...may, change, host, host, ...administer]);
      }
      // There is no such interface, and a running switch cannot make such a device.
      const none = expect.objectContaining({ error: expect.objectContaining({ code: -32002 }) });
      expect(await ask(socket, [USER, LOOK, ADMIN], ...lines)).toEqual([
        ...[...may, done('port.add'), none, none],
        done('switch.set'),
        expect.objectContaining({ error: expect.objectContaining({ code: -32602 }) }),
      ]);
    }));

  it('keeps a place for root and for other users, whoever holds all of them', () =>
    withSwitch(['--look-group', `${LOOK}`, '--change-group', `${CHANGE}`], async ({ socket }) => {
      const hog = client(USER, [LOOK], [socket, '64', request('hello', { protocol: 1 })]);
      const hogs = [hog];
      try {
        for (let answers = 0; answers < 64; ) {
          const [data] = await once(hog.stdout ?? hog, 'data');
          answers += String(data).split('\n').length - 1;
        }
        const other = client(USER + 1, [LOOK], [socket, '1', request('port.list')]);
        expect(JSON.parse(await text(other.stdout as Readable))).toEqual(done('port.list'));
        // Back to 64.
        const last = client(USER, [LOOK], [socket, '1', request('hello', { protocol: 1 }), '{']);
        hogs.push(last);
        await once(last.stdout ?? last, 'data');
        const root = client(0, [0], [socket, '1', request('port.list')]);
        expect(JSON.parse(await text(root.stdout as Readable))).toEqual(done('port.list'));
      } finally {
        for (const one of hogs) one.kill();
      }
    }));
});
