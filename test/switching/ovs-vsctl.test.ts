/** The program that libvirt asks for counters of vhost-user NICs (native/ovs), with a real switch. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { inFolder } from '../switch/folder.js';
import { builtProgram } from '../switch/real-switch.js';
import { type Bench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';

const PROGRAM = builtProgram('ovs/ovs-vsctl');

/** libvirt's words (src/util/virnetdevopenvswitch.c there, 9.0). */
const byPath = (path: string) => [
  ...['--timeout=5', '--no-headings', '--columns=name', 'find', 'Interface'],
  `options:vhost-server-path=${path}`,
];
const byFile = (file: string) => ['--timeout=5', 'get', 'Interface', file, 'name'];
const statistics = (name: string, timeout = 5) => [
  ...[`--timeout=${timeout}`, '--if-exists', '--format=list', '--data=json', '--no-headings'],
  ...['--columns=statistics', 'list', 'Interface', name],
];

interface Said {
  status: number | undefined;
  out: string;
  err: string;
}

/** Runs it with no other program of its name in PATH, unless one is given. */
async function ask(
  socket: string,
  words: string[],
  { PATH = '/nonexistent', running = '/nonexistent' } = {},
): Promise<Said> {
  const options = {
    env: { VMLANE_SWITCH: socket, VMLANE_LIBVIRT_STATE: running, PATH },
    reject: false,
    stripFinalNewline: false,
  } as const;
  const { exitCode, stdout, stderr } = await execa(PROGRAM, words, options);
  return { status: exitCode, out: stdout, err: stderr };
}

const asked = (bench: Bench, ...words: string[]) => ask(bench.one.socket, words);

it('names ports by their sockets, and has their counters as Open vSwitch would', () =>
  withBench(async (bench) => {
    await bench.plug(['web1.0', 'web2.0']);
    const sent = [1, 2, 3].map((seed) => frame({ to: BROADCAST, from: mac(1), length: 100, seed }));
    // One that is lost on the way from the guest.
    sent.push(frame({ to: BROADCAST, from: '03:00:00:00:00:01' }));
    await bench.guests.send('web1.0', sent);
    await expect.poll(async () => (await bench.stats('web2.0')).tx_packets).toBe(3);
    const name = { status: 0, out: 'web1.0\n', err: '' };
    expect(await asked(bench, ...byPath(bench.path('web1.0')))).toEqual(name);
    expect(await asked(bench, ...byFile('web1.0.sock'))).toEqual(name);
    const { status, out, err } = await asked(bench, ...statistics('web1.0'));
    expect([status, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toEqual([
      'map',
      [
        ['rx_bytes', expect.any(Number)],
        ['rx_dropped', 1],
        ['rx_errors', 0],
        ['rx_packets', 4],
        ['tx_bytes', 0],
        ['tx_dropped', 0],
        ['tx_errors', 0],
        ['tx_packets', 0],
      ],
    ]);
    const other = Object.fromEntries(
      JSON.parse((await asked(bench, ...statistics('web2.0'))).out)[1],
    );
    expect(other).toMatchObject({ tx_packets: 3, tx_bytes: 300, rx_packets: 0 });
  }));

it('drops on the way to a guest are its own: those of tx', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b']);
    await bench.add('gone');
    await bench.client.setPort({ name: 'gone', mac: mac(9) });
    await bench.guests.send('a', [frame({ to: mac(9), from: mac(1) })]);
    await expect.poll(async () => (await bench.stats('gone')).drops.not_ready).toBe(1);
    const { out } = await asked(bench, ...statistics('gone'));
    expect(Object.fromEntries(JSON.parse(out)[1])).toMatchObject({ tx_dropped: 1, rx_dropped: 0 });
  }));

it('says nothing of what is no port, and of odd words', () =>
  withBench(async (bench) => {
    const folder = (name: string) => join(bench.one.folder, name, '0.sock');
    for (const name of ['g', 'h']) {
      mkdirSync(join(bench.one.folder, name));
      chmodSync(join(bench.one.folder, name), 0o777);
      await bench.client.addPort({ name: `${name}:0`, path: folder(name), listener: 'qemu' });
    }
    // A colon: in quotes, as ovs-vsctl has it, and libvirt understands.
    expect(await asked(bench, ...byPath(folder('g')))).toMatchObject({ status: 0, out: '"g:0"\n' });
    const rows = [
      byFile('1.sock'),
      byFile(''),
      byPath(''),
      byPath('/'),
      byPath(`${folder('g')}x`),
      byPath(folder('g').slice(1)),
      statistics(''),
      statistics('nobody'),
      statistics('g'),
      statistics('g:0\n'),
      statistics('"},"x":{"'),
      statistics('$(touch /tmp/x)'),
      statistics('x'.repeat(100_000)),
      statistics('\u00e4'),
      ['show'],
      [],
      ['--timeout=5', '--', '--if-exists', 'del-port', 'g:0'],
      [...statistics('g:0'), 'h:0'],
      ['--timeout=99999', ...statistics('g:0').slice(1)],
    ];
    for (const words of rows) {
      const { status, out, err } = await asked(bench, ...words);
      expect([words, status, out]).toEqual([words, 1, '']);
      expect(err).toMatch(/^ovs-vsctl: .*, and there is no Open vSwitch; /);
    }
    expect((await bench.client.ports()).map(({ name }) => name)).toEqual(['g:0', 'h:0']);
  }));

/** What libvirt keeps of a guest that runs, in part. */
const kept = (
  path: string,
  name: string,
) => `<domstatus state='running'><domain type='kvm'><devices>
  <interface type='bridge'><source bridge='br0'/><target dev='vnet0'/></interface>
  <interface type='vhostuser' trustGuestRxFilters='yes'>
    <mac address='52:54:00:00:00:01'/>
    <source type='unix' path='${path}' mode='client'>
      <reconnect enabled='yes' timeout='1'/>
    </source>
    ${name && `<target dev='${name}'/>`}
  </interface>
  <interface type='vhostuser'><source type='unix' path='/other.sock' mode='client'/></interface>
</devices></domain></domstatus>`;

it('of several sockets of one file name it is that of the guest that starts; of several such, whose runs then', () =>
  withBench(async (bench) => {
    const running = join(bench.one.folder, 'running');
    mkdirSync(running);
    const also = (...words: string[]) => ask(bench.one.socket, words, { running });
    const socket = (name: string) => join(bench.one.folder, name, '0.sock');
    for (const name of ['g', 'h', 'i']) {
      mkdirSync(join(bench.one.folder, name));
      chmodSync(join(bench.one.folder, name), 0o777);
      await bench.client.addPort({ name: `${name}.0`, path: socket(name), listener: 'qemu' });
    }
    writeFileSync(join(running, 'g.xml'), kept(socket('g'), ''));
    writeFileSync(join(running, 'broken.xml'), `<interface type='vhostuser' path='${socket('h')}`);
    writeFileSync(join(running, 'x.pid'), kept(socket('h'), 'x'));
    symlinkSync('/dev/zero', join(running, 'zero.xml'));
    const tokens = [await also(...byFile('0.sock')), await also(...byFile('0.sock'))];
    for (const { status, out } of tokens) {
      expect(status).toBe(0);
      expect(out).toMatch(/^vmlane-[0-9a-f]{12}\n$/);
    }
    const [one = '', two = ''] = tokens.map(({ out }) => out.trim());
    expect(one).not.toBe(two);
    // Before it runs, and where libvirt knows nobody of this name.
    expect(await also(...statistics(one))).toMatchObject({ status: 1, out: '' });
    writeFileSync(join(running, 'h.xml'), kept(socket('h'), one));
    expect(await also(...statistics(two))).toMatchObject({ status: 1, out: '' });
    await bench.guests.open('h.0', socket('h'), { listen: true });
    await bench.guests.send('h.0', [frame({ to: BROADCAST, from: mac(1), length: 99 })]);
    await expect.poll(async () => (await bench.stats('h.0')).rx_packets).toBe(1);
    const counters = Object.fromEntries(JSON.parse((await also(...statistics(one))).out)[1]);
    expect(counters).toMatchObject({ rx_packets: 1, rx_bytes: 99 });
    expect(await also(...byFile('0.sock'))).toEqual({ status: 0, out: 'i.0\n', err: '' });
    writeFileSync(join(running, 'i.xml'), kept(socket('i'), 'i.0'));
    // Nobody starts whose it could be.
    expect(await also(...byFile('0.sock'))).toMatchObject({ status: 1, out: '' });
    expect(await also(...byFile('other.sock'))).toMatchObject({ status: 1, out: '' });
  }));

it('all else is for Open vSwitch’s own program, by its absolute path, also where no switch runs', () =>
  inFolder(async (folder) => {
    const [ours, real] = ['ours', 'real'].map((name) => join(folder, name));
    for (const one of [ours, real]) mkdirSync(one as string);
    symlinkSync(PROGRAM, join(ours as string, 'ovs-vsctl'));
    const fake = join(real as string, 'ovs-vsctl');
    writeFileSync(fake, '#!/bin/sh\necho "$0" "$#" "$@"; exit 7\n', { mode: 0o755 });
    const socket = join(folder, 'none.sock');
    const through = (PATH: string, ...words: string[]) => ask(socket, words, { PATH });
    const words = ['--timeout=5', 'set', 'Interface', 'a b', '*;$(id)'];
    const passed = { status: 7, out: `${fake} 5 ${words.join(' ')}\n`, err: '' };
    expect(await through(`${real}`, ...words)).toEqual(passed);
    // Found by itself in PATH, whatever is before it, and what is not absolute.
    expect(await through(`.::${ours}:${real}`, ...words)).toEqual(passed);
    expect(await through(`${real}:${ours}`, ...words)).toMatchObject({ status: 1, out: '' });
    expect(await through(`${ours}`, ...words)).toMatchObject({ status: 1, out: '' });
    expect(await through(`${ours}:${real}`, ...byFile('x.sock'))).toMatchObject({ status: 7 });
    chmodSync(fake, 0o644);
    expect(await through(`${ours}:${real}`, ...words)).toMatchObject({ status: 1 });
  }));

it('a switch that does not answer is waited for as long as libvirt says', () =>
  inFolder(async (folder) => {
    const socket = join(folder, 'silent.sock');
    const server = createServer(() => undefined).listen(socket);
    try {
      expect(await ask(socket, statistics('a', 1))).toEqual({
        ...{ status: 1, out: '' },
        err: 'ovs-vsctl: vhost-switch: no answer in time\n',
      });
    } finally {
      server.close();
    }
  }));

it.each([
  ['no JSON', 'x\n'],
  ['no result', '{"jsonrpc":"2.0","id":1}\n'],
  ['another shape', '{"result":{"ports":{"a":1}}}\n'],
  ['ports that are none', '{"result":{"ports":[1,null,{"name":7,"path":[]}]}}\n'],
  ['half an answer', '{"result"'],
])('what answers with %s is no switch', (_, answer) =>
  inFolder(async (folder) => {
    const socket = join(folder, 'odd.sock');
    const server = createServer((one) => {
      one.on('error', () => undefined);
      one.once('data', () => one.end(answer));
    }).listen(socket);
    try {
      for (const words of [byPath('/a'), statistics('a')])
        expect(await ask(socket, words)).toMatchObject({ status: 1, out: '' });
    } finally {
      server.close();
    }
  }),
);
