import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Asked, FAKE_HELLO, withFake } from '../switch/fake-switch.js';
import { inFolder } from '../switch/folder.js';
import { vmlane } from './test-io.js';

const ports = [
  { name: 'a.0', path: '/run/vmlane/guests/a.sock', listener: 'qemu', vlan: 0, state: 'up' },
  {
    name: 'db.0',
    path: '/run/vmlane/guests/db.sock',
    listener: 'switch',
    vlan: 100,
    state: 'waiting',
  },
].map((port, id) => ({ id, ...port, queues: 1 - id, features: '0x1', lcore: 0 }));

const entries = [
  { mac: '52:54:00:00:00:0a', vlan: 0, port: 'a.0', age: 3, pinned: true },
  { mac: '52:54:00:00:00:0b', vlan: 100, port: 'db.0', age: 120, pinned: false },
];

const stats = {
  ports: [
    { rx_packets: 10, rx_bytes: 980, tx_packets: 9, tx_bytes: 882 },
    { rx_packets: 1234567, rx_bytes: 0, tx_packets: 0, tx_bytes: 0 },
  ].map((port, i) => ({
    name: ports[i]?.name,
    ...port,
    drops: { ring_full: i * 5, not_ready: 0, same_port: i },
    bad_chains: i * 7,
    broken: 0,
  })),
  fdb: { entries: 2, capacity: 524288, learned: 4, moved: 0, aged: 2, evicted: 0, refused: 0 },
  lcores: [{ lcore: 0, busy_cycles: 1000, busy_packets: 20 }],
  tsc: 123456789,
  uplink: {
    ...{ rx_packets: 3, rx_bytes: 300, tx_packets: 4, tx_bytes: 400 },
    ...{ drops: { unmatched: 1 }, nic: { rx_packets: 3, rx_missed: 0 } },
  },
};

function answer({ method, params }: Asked): object {
  if (params.port === 'nobody') {
    return { error: { code: -32602, message: 'port: "nobody" is not possible; see port.list' } };
  }
  if (method === 'port.list') return { result: { ports } };
  if (method === 'fdb.list') return { result: { entries, total: 40 } };
  return { result: stats };
}

describe('against a fake switch', () => {
  it('ports', () =>
    withFake(answer, async (path) => {
      const { status, out, err } = await vmlane(['switch', 'ports', '--control-socket', path]);
      expect([status, err]).toEqual([0, '']);
      expect(out).toMatchInlineSnapshot(`
        "ID  NAME  STATE    LISTENER  VLAN  QUEUES  LCORE  FEATURES  PATH
         0  a.0   up       qemu         -       1      0  0x1       /run/vmlane/guests/a.sock
         1  db.0  waiting  switch     100       0      0  0x1       /run/vmlane/guests/db.sock
        "
      `);
    }));

  it('ports --json, the socket from the environment', () =>
    withFake(answer, async (path) => {
      const { out } = await vmlane(['switch', 'ports', '--json'], { env: { VMLANE_SWITCH: path } });
      expect(JSON.parse(out)).toMatchObject({ ports });
    }));

  it('fdb, filtered, says that there is more', () =>
    withFake(answer, async (path, fake) => {
      const filter = ['--vlan', '0', '--port', 'a.0', '--limit', '2'];
      const ran = await vmlane(['switch', 'fdb', ...filter, '--control-socket', path]);
      expect(fake.asked.at(-1)?.params).toEqual({ vlan: 0, port: 'a.0', limit: 2 });
      expect(ran.err).toBe('vmlane: 2 of 40 shown; --limit shows more\n');
      expect(ran.out).toMatchInlineSnapshot(`
        "MAC                VLAN  OWN TAG  PORT  AGE(s)  PINNED
        52:54:00:00:00:0a     -  -        a.0        3  yes
        52:54:00:00:00:0b   100  -        db.0     120  -
        "
      `);
    }));

  it('fdb --json', () =>
    withFake(answer, async (path, fake) => {
      const { out } = await vmlane(['switch', 'fdb', '--json', '--control-socket', path]);
      expect(fake.asked.at(-1)?.params).toEqual({});
      const own = entries.map((entry) => ({ ...entry, own_tag: false }));
      expect(JSON.parse(out)).toEqual({ entries: own, total: 40 });
    }));

  it('stats', () =>
    withFake(answer, async (path) => {
      const { out } = await vmlane(['switch', 'stats', '--control-socket', path]);
      expect(out).toMatchInlineSnapshot(`
        "NAME    RX_PACKETS  RX_BYTES  TX_PACKETS  TX_BYTES  DROPS
        a.0             10       980           9       882  -
        db.0       1234567         0           0         0  ring_full 5, same_port 1
        uplink           3       300           4       400  unmatched 1

        NAME  BAD_CHAINS  BROKEN_RINGS  REFUSED  WRONG_LABEL  LOG_LEFT_OUT
        db.0           7             0        0            0             0

        DEVICE  NIC
        uplink  rx_packets 3

        ADDRESSES  CAPACITY  LEARNED  MOVED  AGED  EVICTED  REFUSED
                2    524288        4      0     2        0        0

        LCORE  BUSY_CYCLES  BUSY_PACKETS  CYCLES/PACKET  BALANCED  WAITS  LATE
            0         1000            20             50         0      0     0
        "
      `);
    }));

  it('stats --json', () =>
    withFake(answer, async (path, fake) => {
      const words = ['switch', 'stats', '--json', '--port', 'a.0', '--control-socket', path];
      expect(JSON.parse((await vmlane(words)).out)).toEqual(stats);
      expect(fake.asked.at(-1)?.params).toEqual({ port: 'a.0' });
    }));

  it('a port that the switch does not know is invalid input', () =>
    withFake(answer, async (path) => {
      const words = ['switch', 'stats', '--port', 'nobody', '--control-socket', path];
      expect(await vmlane(words)).toEqual({
        status: 2,
        out: '',
        err: "vmlane: port nobody: the switch has no such port; 'vmlane switch ports' lists its ports\n",
      });
    }));

  it('add: what was not said is left to the switch', () =>
    withFake(
      ({ params }) => ({ result: { changed: true, port: { ...ports[0], ...params } } }),
      async (path, fake) => {
        const at = ['--control-socket', path];
        const plain = await vmlane(['switch', 'add', 'c', '--path', '/run/c.sock', ...at]);
        const asked = { name: 'c', path: '/run/c.sock', listener: 'switch' };
        expect(fake.asked.at(-1)?.params).toEqual(asked);
        const err = 'vmlane: port c added at /run/c.sock (listener switch)\n';
        expect(plain).toEqual({ status: 0, out: '', err });
        const settings = ['--listener', 'switch', '--vlan', '7', '--json'];
        const ran = await vmlane([
          'switch',
          'add',
          'd',
          '--path',
          '/run/d.sock',
          ...settings,
          ...at,
        ]);
        const params = { name: 'd', path: '/run/d.sock', listener: 'switch', vlan: 7 };
        expect(fake.asked.at(-1)?.params).toEqual(params);
        expect(ran.err).toBe('vmlane: port d added at /run/d.sock (listener switch, VLAN 7)\n');
        expect(JSON.parse(ran.out)).toEqual({ ...ports[0], ...params, changed: true });
      },
    ));

  it('add: --mode is taken for --listener, and told', () =>
    withFake(
      ({ params }) => ({ result: { changed: true, port: { ...ports[0], ...params } } }),
      async (path, fake) => {
        const words = ['add', 'd', '--path', '/run/d.sock', '--mode', 'server'];
        const ran = await vmlane(['switch', ...words, '--control-socket', path]);
        expect(fake.asked.at(-1)?.params).toMatchObject({ listener: 'switch' });
        expect(ran.err).toBe(
          'vmlane: --mode is now --listener (since 0.1); the old name goes with the next version\n' +
            'vmlane: port d added at /run/d.sock (listener switch)\n',
        );
      },
    ));

  it('stop does not signal what is not vhost-switch', () =>
    withFake(
      answer,
      async (path) => {
        const { status, err } = await vmlane(['switch', 'stop', '--control-socket', path]);
        expect(status).toBe(1);
        expect(err).toContain(`says pid ${process.pid}, which is node`);
      },
      () => ({ result: { ...FAKE_HELLO, pid: process.pid } }),
    ));
});

it.each([['ports'], ['fdb'], ['stats'], ['add a --path /run/a.sock'], ['remove a']])(
  '%s without a switch fails at once',
  (command) =>
    inFolder(async (folder) => {
      const socket = join(folder, 'switch.sock');
      expect(await vmlane(['switch', ...command.split(' '), '--control-socket', socket])).toEqual({
        status: 1,
        out: '',
        err: `vmlane: ${socket}: no switch is running there (no such file); start it with 'vmlane switch start'\n`,
      });
    }),
);

describe('with the real switch', () => {
  it('start, start again, ports of socket files, stop, stop again', () =>
    inFolder(async (folder) => {
      const socket = join(folder, 'switch.sock');
      const at = ['--control-socket', socket, '--json'];
      const start = [
        'switch',
        'start',
        '--no-huge',
        '--memory',
        '64',
        '--idle-sleep',
        '1000',
        ...at,
      ];
      const files = [
        '--client',
        '--socket-file',
        join(folder, 'a'),
        '--socket-file',
        `${folder}/b`,
      ];
      const first = await vmlane([...start, ...files]);
      try {
        expect(first.err).toMatch(
          /^vmlane: starting .*\n(?:vmlane: the switch stays root, as there is no account vmlane; .*\n)?vmlane: switch started \(pid \d+\)\n$/,
        );
        const { pid, changed } = JSON.parse(first.out);
        expect([first.status, changed]).toEqual([0, true]);
        const again = await vmlane(start);
        expect(again.err).toBe(`vmlane: switch is already running (pid ${pid})\n`);
        expect([again.status, JSON.parse(again.out)]).toMatchObject([0, { changed: false, pid }]);
        const listed = JSON.parse((await vmlane(['switch', 'ports', ...at])).out);
        expect(listed.ports).toMatchObject([
          { name: 'a', path: join(folder, 'a'), listener: 'qemu' },
          { name: 'b', path: join(folder, 'b'), listener: 'qemu' },
        ]);
      } finally {
        const stopped = await vmlane(['switch', 'stop', '--control-socket', socket]);
        expect(stopped).toMatchObject({ status: 0, out: '' });
      }
      const again = await vmlane(['switch', 'stop', ...at]);
      expect(again.err).toBe(`vmlane: no switch runs at ${socket}\n`);
      expect(JSON.parse(again.out)).toEqual({ changed: false });
    }));

  it('add, add again, add otherwise, remove, remove again', () =>
    inFolder(async (folder) => {
      const socket = join(folder, 'switch.sock');
      const at = ['--control-socket', socket, '--json'];
      const path = join(folder, 'a.sock');
      const start = ['switch', 'start', '--no-huge', '--memory', '64', '--idle-sleep', '1000'];
      expect(await vmlane([...start, '--control-socket', socket])).toMatchObject({ status: 0 });
      try {
        const add = ['switch', 'add', 'a', '--path', path, '--vlan', '7', ...at];
        const added = await vmlane(add);
        expect(JSON.parse(added.out)).toMatchObject({ changed: true, name: 'a', vlan: 7 });
        const again = await vmlane(add);
        expect(again.err).toBe(`vmlane: port a is already at ${path} (listener switch, VLAN 7)\n`);
        expect([again.status, JSON.parse(again.out).changed]).toEqual([0, false]);
        expect(await vmlane(['switch', 'add', 'a', '--path', path, ...at])).toEqual({
          status: 1,
          out: '',
          err: `${JSON.stringify({
            error: {
              thing: 'a',
              problem: `port a has ${path} (listener switch, VLAN 7) and other settings than asked for`,
              remedy:
                "change it with 'vmlane switch set', or remove it with 'vmlane switch remove'",
              exit_code: 1,
            },
          })}\n`,
        });
        const remove = ['switch', 'remove', 'a', ...at];
        const removed = await vmlane(remove);
        expect(removed.err).toBe('vmlane: port a removed\n');
        expect(JSON.parse(removed.out)).toEqual({ changed: true, name: 'a' });
        const gone = await vmlane(remove);
        expect(gone).toMatchObject({ status: 2, out: '' });
        expect(JSON.parse(gone.err).error).toMatchObject({ thing: 'port a', exit_code: 2 });
        const scripted = await vmlane([...remove, '--if-exists']);
        expect(scripted).toMatchObject({ status: 0, err: 'vmlane: there is no port a\n' });
        expect(JSON.parse(scripted.out)).toEqual({ changed: false, name: 'a' });
        expect(JSON.parse((await vmlane(['switch', 'ports', ...at])).out)).toEqual({ ports: [] });
      } finally {
        await vmlane(['switch', 'stop', '--control-socket', socket]);
      }
    }));

  it('that refuses to start: its reason, and its log', () =>
    inFolder(async (folder) => {
      const words = ['switch', 'start', '--no-huge', '--control-socket', join(folder, 's.sock')];
      const bad = await vmlane([...words, '--socket-file', join(folder, 'no such name')]);
      expect(bad.status).toBe(1);
      expect(bad.err).toContain("'no such name' cannot name a port");
      expect(await readFile(join(folder, 's.log'), 'utf8')).toContain('cannot name a port');
    }));

  it('--dry-run shows the command line and changes nothing', () =>
    inFolder(async (folder) => {
      const socket = join(folder, 'a b/switch.sock');
      const words = ['switch', 'start', '--no-huge', '--dry-run', '--control-socket', socket];
      const { status, out, err } = await vmlane([...words, '--cpus', '0']);
      expect([status, err]).toEqual([0, '']);
      expect(out).toContain(`/vhost-switch --lcores 0@0 --no-pci --no-huge`);
      expect(out).toContain(
        ` -- --control-socket '${socket}' --state-file '${folder}/a b/switch/ports.json'`,
      );
      const { argv } = JSON.parse((await vmlane([...words, '--json'])).out);
      expect(argv).toContain(socket);
    }));
});
