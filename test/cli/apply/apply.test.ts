/** Apply against libvirt's test driver and a switch that is a list of ports. */

import { once } from 'node:events';
import { readFile, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDomain } from '../../../src/domain/domain.js';
import { connect, type Libvirt } from '../../../src/libvirt/index.js';
import { restore, TEST_DRIVER } from '../../libvirt/test-driver.js';
import { FakePorts } from '../../switch/fake-ports.js';
import { inFolder } from '../../switch/folder.js';
import { withPorts } from '../../switch/with-ports.js';
import { vmlane } from '../test-io.js';
import { domainOf, write } from './files.js';

// What is defined lives as long as a connection to it.
let libvirt: Libvirt;
beforeEach(async () => {
  libvirt = await connect(TEST_DRIVER);
});
afterEach(async () => {
  await restore(libvirt);
  await libvirt.close();
});

const NOWHERE = '/nonexistent/switch.sock';
const SPEC = `name: s
memory: 64MiB
boot: {kernel: /boot/vmlinuz}
interfaces: [{type: vhost-user, socket: /run/s.sock}]
`;

interface World {
  folder: string;
  ports: FakePorts;
  apply(...words: string[]): ReturnType<typeof vmlane>;
}

/** A folder `set` with these files, and a switch. */
function world(files: Record<string, string>, use: (world: World) => Promise<void>, dead = false) {
  const ports = new FakePorts([]);
  return inFolder((parent) =>
    withPorts(ports, async (socket) => {
      const folder = join(parent, 'set');
      await write(folder, files);
      const env = {
        VMLANE_SWITCH: dead ? NOWHERE : socket,
        LIBVIRT_DEFAULT_URI: 'test:///default',
      };
      const apply = (...words: string[]) =>
        vmlane(['domain', 'apply', '-f', folder, ...words], { env });
      await use({ folder, ports, apply });
    }),
  );
}

/** All domains' definitions: what a run that changes nothing leaves. */
async function definitions(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { name, persistent } of await libvirt.list()) {
    if (persistent) found[name] = await libvirt.definition(name);
  }
  return found;
}

const a = domainOf({ name: 'a', sockets: [{ path: '/run/a.sock', vlan: 5 }] });
const json = (out: string) => JSON.parse(out);

describe('definitions', () => {
  test('are made once: the second run changes nothing', () =>
    world({ 'a.xml': a, 's.yaml': SPEC }, async ({ apply, folder }) => {
      const dry = await apply('--dry-run');
      expect(dry).toEqual({
        status: 0,
        out: `a: define - ${folder}/a.xml\ns: define - ${folder}/s.yaml\n`,
        err: '',
      });
      expect(Object.keys(await definitions())).toEqual(['test']);

      const first = await apply();
      expect(first).toMatchObject({ status: 0, err: 'vmlane: a: defined\nvmlane: s: defined\n' });
      const made = await definitions();
      expect(openDomain(made.a ?? '').mark).toMatchObject({ set: 'set', generation: 1 });
      expect(made.a).toContain('<mac address=');

      const again = await apply('--json');
      expect([again.status, again.err]).toEqual([0, 'vmlane: nothing to change\n']);
      expect(json(again.out)).toMatchObject({
        ...{ uri: 'test:///default', set: 'set', dry_run: false, changed: false, errors: [] },
        domains: [
          { name: 'a', action: 'unchanged', why: null, restart: 'no', diff: '', done: [] },
          { name: 's', action: 'unchanged', ports: [] },
        ],
      });
      expect(await definitions()).toEqual(made);
    }));

  test('follow the file, and the file rules over what somebody has edited', () =>
    world({ 'a.xml': a }, async ({ apply, folder }) => {
      await apply();
      const { a: first = '' } = await definitions();
      await write(folder, { 'a.xml': a.replace('<vcpu>1<', '<vcpu>2<') });
      const changed = await apply();
      expect(changed.out).toMatch(
        /^a: redefine \(the file has changed\) - .*\n--- a\n\+\+\+ a\n@@/,
      );
      expect(changed.out.split('\n').filter((line) => /^[-+] /.test(line))).toEqual([
        '-  <vcpu>1</vcpu>',
        '+  <vcpu>2</vcpu>',
      ]);
      expect(await libvirt.definition('a')).toContain("<vcpu placement='static'>2</vcpu>");

      const edited = (await libvirt.definition('a')).replace(/>2<\/vcpu>/, '>3</vcpu>');
      await libvirt.define(edited);
      const shown = await apply('--dry-run', '--json');
      expect(json(shown.out)).toMatchObject({
        changed: false,
        domains: [{ action: 'redefine', why: 'changed by somebody else', done: [] }],
      });
      expect(json(shown.out).domains[0].diff).toContain('\n-  <vcpu>3</vcpu>\n+  <vcpu>2</vcpu>\n');
      expect((await apply()).err).toBe('vmlane: a: defined\n');
      const back = await libvirt.definition('a');
      expect(back).toContain('>2</vcpu>');
      // A NIC without an address in the file keeps the one that it was given.
      const mac = /<mac address='[^']*'\/>/;
      expect(mac.exec(back)?.[0]).toBe(mac.exec(first)?.[0]);
      expect((await apply()).err).toContain('nothing to change');
    }));

  test('keep a disk that somebody has moved: the file is asked to follow', () => {
    const disk = (file: string) =>
      `<disk type='file'><source file='${file}'/><target dev='vda' bus='virtio'/></disk></devices>`;
    const with1 = a.replace('</devices>', disk('/srv/a.qcow2'));
    return world({ 'a.xml': with1 }, async ({ apply, folder }) => {
      await apply();
      // As virsh snapshot-create --disk-only leaves it.
      const snapshot = (await libvirt.definition('a')).replace('/srv/a.qcow2', '/srv/a.snap1');
      await libvirt.define(snapshot);
      const before = await definitions();
      const refused = await apply();
      expect([refused.status, refused.out]).toEqual([2, '']);
      expect(refused.err).toMatch(
        /a\.xml: vda of the domain is \/srv\/a\.snap1 now, changed by somebody else; here it is \/srv\/a\.qcow2; write that/,
      );
      expect(await definitions()).toEqual(before);
      await write(folder, { 'a.xml': a.replace('</devices>', disk('/srv/a.snap1')) });
      expect((await apply()).err).toBe('vmlane: a: defined\n');
      // A file that names another disk is followed.
      await write(folder, { 'a.xml': a.replace('</devices>', disk('/srv/b.qcow2')) });
      expect((await apply()).status).toBe(0);
      expect(await libvirt.definition('a')).toContain('/srv/b.qcow2');
    });
  });

  test('that others made are taken over, with their UUID and MAC', () =>
    world({ 'a.xml': a }, async ({ apply }) => {
      const uuid = 'f0000000-0000-4000-8000-00000000000b';
      const mac = '52:54:00:aa:bb:cc';
      await libvirt.define(domainOf({ name: 'a', uuid, sockets: [{ path: '/run/a.sock', mac }] }));
      const { out } = await apply('--json');
      expect(json(out).domains[0]).toMatchObject({
        ...{ action: 'redefine', why: 'it was not defined by apply', done: ['define'] },
      });
      const now = await libvirt.definition('a');
      expect([now.includes(uuid), now.includes(mac)]).toEqual([true, true]);
      expect(json((await apply('--json')).out).changed).toBe(false);
    }));

  test('of another domain under that name, or with that UUID, are left alone', () =>
    world(
      {
        's.yaml': SPEC,
        'x.xml': a.replace('<name>a', '<uuid>f0000000-0000-4000-8000-00000000000c</uuid><name>x'),
      },
      async ({ apply }) => {
        await libvirt.define(domainOf({ name: 's' }));
        await libvirt.define(domainOf({ name: 'y', uuid: 'f0000000-0000-4000-8000-00000000000c' }));
        const before = await definitions();
        const { status, out, err } = await apply();
        expect([status, out]).toEqual([2, '']);
        expect(err.split('\n')).toEqual([
          expect.stringMatching(
            /s\.yaml: libvirt has another domain s, with the UUID .*; undefine it/,
          ),
          expect.stringMatching(
            /x\.xml: libvirt has its UUID as the domain y; undefine that first$/,
          ),
          '',
        ]);
        expect(await definitions()).toEqual(before);
      },
    ));

  test('that libvirt refuses are told by the file, and all others taken back', () =>
    world(
      { 'a.xml': a, 'b.xml': domainOf({ name: 'b' }), 'c.xml': domainOf({ name: 'c' }) },
      async ({ apply, folder }) => {
        await apply();
        const before = await definitions();
        await write(folder, {
          '0.xml': domainOf({ name: 'new' }),
          'a.xml': a.replace('>1<', '>2<'),
          'b.xml': domainOf({ name: 'b' }).replace('<os><type>hvm</type></os>', ''),
        });
        const { status, err, out } = await apply('--json');
        expect(status).toBe(1);
        expect(err.split('\n')).toEqual([
          'vmlane: new: defined',
          'vmlane: a: defined',
          'vmlane: all that was done is taken back',
          expect.stringContaining('an os <type> must be specified","remedy":"correct'),
          '',
        ]);
        expect(json(out)).toMatchObject({ changed: false, taken_back: true });
        expect(json(out).left.map(({ name }: { name: string }) => name)).toEqual(['new', 'a', 'b']);
        expect(await definitions()).toEqual(before);
      },
    ));
});

describe('specs', () => {
  const seeded = (path: string, data: string) =>
    `${SPEC}disks: [{cloudInit: {userData: "#cloud-config ${data}", path: ${path}}}]\n`;

  test('have images for cloud-init, made when their content changes, and taken back with the rest', () =>
    world({}, async ({ apply, folder }) => {
      const image = join(folder, 'seed.iso');
      await write(folder, { 's.yaml': seeded(image, 'one') });
      expect((await apply('--dry-run')).out).toContain(`\n  image ${image}: make (missing)\n`);
      expect((await apply()).err).toBe(
        'vmlane: s: its image for cloud-init is made\nvmlane: s: defined\n',
      );
      const before = await readFile(image);
      expect(json((await apply('--json')).out)).toMatchObject({ changed: false });

      const broken = domainOf({ name: 'z' }).replace('<os><type>hvm</type></os>', '');
      await write(folder, { 's.yaml': seeded(image, 'two'), 'z.xml': broken });
      const failed = json((await apply('--json')).out);
      expect(failed).toMatchObject({ changed: false, taken_back: true });
      expect(await readFile(image)).toEqual(before);

      await rm(join(folder, 'z.xml'));
      expect(json((await apply('--json')).out).domains).toMatchObject([
        { action: 'unchanged', seeds: [image], done: ['seed'] },
      ]);
      expect(await readFile(image)).not.toEqual(before);
    }));

  test('say what VLAN their ports have', () =>
    world(
      { 's.yaml': SPEC.replace('s.sock', 's.sock, vlan: 9') },
      async ({ apply, ports, folder }) => {
        await apply('--start');
        expect(ports.list).toMatchObject([{ name: 's.0', vlan: 9 }]);
        await write(folder, { 's.yaml': SPEC });
        expect((await apply()).out).toContain('  port s.0: set, vlan 9 -> 0\n');
        expect(ports.list).toMatchObject([{ vlan: 0 }]);
      },
    ));

  test('go into a template, and domain XML stays as it is', () =>
    world({ 'a.xml': a, 's.yaml': SPEC }, async ({ apply, folder }) => {
      const template = '<domain><description>of a template</description></domain>';
      await write(folder, { 'base.template': template });
      const { status } = await apply('--template', join(folder, 'base.template'));
      expect(status).toBe(0);
      const { a: plain, s: filled } = await definitions();
      expect([plain, filled].map((one) => one?.includes('of a template'))).toEqual([false, true]);
    }));
});

describe('guests that run', () => {
  test('get the VLAN at once, the rest at their next start', () =>
    world({ 'a.xml': a }, async ({ apply, folder, ports }) => {
      const started = await apply('--start');
      expect(started.out).toMatch(
        /^a: define, start - .*\n {2}port a\.0: add, at \/run\/a\.sock, vlan 5, mac 52:54:00:[\da-f:]{8}\n$/,
      );
      expect(started.err).toBe('vmlane: a: defined\nvmlane: a: started\n');
      expect(ports.list).toMatchObject([{ name: 'a.0', vlan: 5 }]);
      expect(json((await apply('--start', '--json')).out).changed).toBe(false);

      await write(folder, { 'a.xml': a.replace("vlan='5'", "vlan='6'") });
      const moved = await apply('--json');
      expect(json(moved.out).domains[0]).toMatchObject({
        ...{ action: 'redefine', restart: 'no', state: 'running', done: ['define', 'ports'] },
        ports: [{ name: 'a.0', action: 'set', before: { vlan: 5 }, after: { vlan: 6 } }],
      });
      expect(ports.list).toMatchObject([{ name: 'a.0', vlan: 6 }]);

      // A setting that goes from the file goes from the port.
      const none = a.replace(/<vmlane:port .*?\/>/, '').replace('<vcpu>1', '<vcpu>2');
      await write(folder, { 'a.xml': none });
      const gone = await apply();
      expect(gone.out).toMatch(/^a: redefine \(the file has changed\), restart needed - /);
      expect(gone.out).toContain('  port a.0: set, vlan 6 -> 0\n');
      expect(ports.list).toMatchObject([{ vlan: 0 }]);

      const still = json((await apply('--json')).out);
      expect(still).toMatchObject({
        changed: false,
        domains: [{ action: 'unchanged', restart: 'needed' }],
      });
      const restarted = await apply('--restart');
      expect(restarted.out).toMatch(/^a: unchanged, restart - /);
      expect(restarted.err).toBe(
        'vmlane: a: asked to shut down; it has 60 s\nvmlane: a: stopped\nvmlane: a: started\n',
      );
      expect(await libvirt.xml('a')).toContain('>2</vcpu>');
      expect(json((await apply('--restart', '--json')).out)).toMatchObject({
        changed: false,
        domains: [{ restart: 'no' }],
      });
    }));

  test('a NIC that goes takes its port with it, and one that comes gets one', () =>
    world({ 'a.xml': a }, async ({ apply, folder, ports }) => {
      await apply('--start');
      const other = domainOf({ name: 'a', sockets: [{ path: '/run/other.sock' }] });
      await write(folder, { 'a.xml': other });
      const waits = await apply();
      expect(waits.out).toContain('restart needed');
      expect(ports.list).toMatchObject([{ name: 'a.0', path: '/run/a.sock' }]);
      await libvirt.destroy('a');
      const { err } = await apply('--start');
      expect(err).toBe('vmlane: a: started\n');
      expect(ports.list).toMatchObject([{ name: 'a.0', path: '/run/other.sock' }]);
    }));

  test('one that could not start is refused before anything is changed', () =>
    world({ 'a.xml': a }, async ({ apply, folder, ports }) => {
      await ports.addPort({ name: 'a.0', path: '/run/a.sock' });
      Object.assign(ports.list[0] ?? {}, { state: 'up' });
      const taken = await apply('--start');
      expect([taken.status, taken.out]).toEqual([1, '']);
      expect(taken.err).toContain('port a.0: another guest is connected to it at /run/a.sock');
      ports.list = [];
      const bare = a.replace(/<memoryBacking>.*<\/memoryBacking>/, '');
      await write(folder, { 'a.xml': bare });
      const lonely = await apply('--start');
      expect([lonely.status, lonely.out]).toEqual([2, '']);
      expect(lonely.err).toContain('domain a: its memory is private');
      expect(Object.keys(await definitions())).toEqual(['test']);
      expect(ports.names()).toEqual([]);
    }));

  test('two at once are kept apart, and the second says who is at work', () =>
    world({ 'a.xml': a }, async ({ apply, ports }) => {
      const results: Awaited<ReturnType<typeof apply>>[] = [];
      const add = ports.addPort.bind(ports);
      ports.addPort = async (request) => {
        results.push(await apply(), await apply('--dry-run'), await apply('--set', 'other'));
        return add(request);
      };
      const first = await apply('--start');
      expect(first.status).toBe(0);
      expect(results.map(({ status }) => status)).toEqual([1, 0, 0]);
      expect(results[0]?.err).toBe(
        `vmlane: set set: it is being applied, pid ${process.pid}; wait until it is done\n`,
      );
    }));

  test('a restart that fails is told with what was done and what was not; others start', () =>
    world({ 'a.xml': a, 'b.xml': domainOf({ name: 'b' }) }, async ({ apply, folder, ports }) => {
      await apply();
      await libvirt.start('a');
      ports.addPort = () => Promise.reject(new Error('a.0: the switch is full; remove one'));
      await write(folder, { 'a.xml': a.replace('<vcpu>1', '<vcpu>2') });
      const plan = await apply('--dry-run');
      expect(plan.out).toContain('port a.0: add');
      const { status, err, out } = await apply('--start', '--restart', '--json');
      expect(status).toBe(1);
      expect(err.split('\n').slice(-3)).toEqual([
        'vmlane: not done: a: start',
        expect.stringContaining('{"error":{"thing":"a.0","problem":"the switch is full"'),
        '',
      ]);
      expect(json(out)).toMatchObject({
        ...{
          changed: true,
          taken_back: false,
          errors: [{ exit_code: 1, problem: expect.stringContaining('full') }],
        },
        left: [{ name: 'a', action: 'start' }],
        domains: [
          { name: 'a', done: ['define', 'stop'] },
          { name: 'b', done: ['start'] },
        ],
      });
    }));

  test('ports that the switch refuses take the definitions back with them', () =>
    world({ 'a.xml': a }, async ({ apply, folder, ports }) => {
      await apply('--start');
      const before = await definitions();
      ports.setPort = () => Promise.reject(new Error('a.0: no; x'));
      await write(folder, { 'a.xml': a.replace("vlan='5'", "vlan='6'") });
      const { status, err } = await apply();
      expect(status).toBe(1);
      expect(err).toBe(
        'vmlane: a: defined\nvmlane: all that was done is taken back\nvmlane: a.0: no; x\n',
      );
      expect(await definitions()).toEqual(before);
      expect(ports.list).toMatchObject([{ vlan: 5 }]);
    }));

  test('with ports need the switch, before anything changes; others do not', () =>
    world(
      { 'a.xml': a },
      async ({ apply, folder }) => {
        expect(await apply()).toMatchObject({ status: 0, err: 'vmlane: a: defined\n' });
        await libvirt.start('a');
        const before = await definitions();
        await write(folder, { 'a.xml': a.replace('>1<', '>2<') });
        for (const words of [[], ['--restart'], ['--dry-run']]) {
          const { status, out, err } = await apply(...words);
          expect([status, out]).toEqual([1, '']);
          expect(err).toContain(`${NOWHERE}: no switch is running there`);
        }
        expect(await definitions()).toEqual(before);
      },
      true,
    ));
});

describe('prune', () => {
  test('undefines what the set has lost, and nobody else', () =>
    world({ 'a.xml': a, 'b.xml': domainOf({ name: 'b' }) }, async ({ apply, folder, ports }) => {
      await apply('--start');
      await libvirt.define(domainOf({ name: 'mine' }));
      await write(folder, { 'other/c.xml': domainOf({ name: 'c' }) });
      const env = { LIBVIRT_DEFAULT_URI: 'test:///default' };
      const other = await vmlane(['domain', 'apply', '-f', join(folder, 'other')], { env });
      expect(other.err).toBe('vmlane: c: defined\n');
      await rm(join(folder, 'a.xml'));
      expect((await apply()).err).toBe('vmlane: nothing to change\n');

      const refused = await apply('--prune');
      expect([refused.status, refused.out]).toEqual([2, '']);
      expect(refused.err).toMatch(
        /^vmlane: domain a: no file describes it, and it is not off: running; /,
      );
      const done = await apply('--prune', '--destroy');
      expect(done.out).toContain(
        'a: undefine (no file describes it), its power is taken off\n  port a.0: remove, at /run/a.sock\n',
      );
      expect(done.err).toBe(
        'vmlane: a: stopped\nvmlane: a: port a.0 is removed\nvmlane: a: undefined\n',
      );
      expect(Object.keys(await definitions())).toEqual(['b', 'c', 'mine', 'test']);
      expect(ports.list).toEqual([]);
      expect((await apply('--prune', '--destroy')).err).toContain('nothing to change');
    }));

  test.each([
    ['goes', async (folder: string) => rm(join(folder, 'a.xml'))],
    ['loses its NIC', (folder: string) => write(folder, { 'a.xml': domainOf({ name: 'a' }) })],
  ])('a switch that cannot be asked is told of when a guest %s', (_, change) =>
    world({ 'a.xml': a, 'b.xml': domainOf({ name: 'b' }) }, async ({ apply, folder }) => {
      await apply();
      const before = await definitions();
      await change(folder);
      const odd = join(folder, '../odd.sock');
      const server = createServer((socket) => socket.end('nonsense\n')).listen(odd);
      await once(server, 'listening');
      try {
        for (const words of [[], ['--dry-run']]) {
          const refused = await apply('--prune', '--control-socket', odd, ...words);
          expect([refused.status, refused.out]).toEqual([1, '']);
          expect(refused.err).toContain(odd);
        }
      } finally {
        server.close();
      }
      expect(await definitions()).toEqual(before);

      // One that does not run has no ports.
      const { status, err } = await apply('--prune', '--control-socket', NOWHERE);
      expect([status, err.split('\n')[0]]).toEqual([
        0,
        expect.stringMatching(/^vmlane: a: its ports stay: \/nonexistent.*no switch is running/),
      ]);
    }),
  );

  test('a port that another guest is on stays, and that is told', () =>
    world({ 'a.xml': a }, async ({ apply, folder, ports }) => {
      await apply();
      await ports.addPort({ name: 'a.0', path: '/run/a.sock' });
      Object.assign(ports.list[0] ?? {}, { state: 'up' });
      await write(folder, { 'a.xml': domainOf({ name: 'a' }) });
      const stays = 'vmlane: a: port a.0 stays: it is up, so another guest has its socket\n';
      expect((await apply()).err).toContain(stays);
      await write(folder, { 'a.xml': a });
      await apply();
      await rm(join(folder, 'a.xml'));
      await write(folder, { 'b.xml': domainOf({ name: 'b' }) });
      expect((await apply('--prune')).err).toContain(`${stays}vmlane: a: undefined\n`);
      expect(ports.names()).toEqual(['a.0']);
    }));

  test('folders of one name do not prune each other, unless the set is named', () =>
    world({ 'a.xml': domainOf({ name: 'a' }) }, async ({ apply, folder }) => {
      await apply();
      const two = join(folder, '../two words/set');
      await write(two, { 'b.xml': domainOf({ name: 'b' }) });
      const env = { LIBVIRT_DEFAULT_URI: 'test:///default', VMLANE_SWITCH: NOWHERE };
      const other = (...words: string[]) =>
        vmlane(['domain', 'apply', '-f', two, '--prune', ...words], { env });
      expect(await other()).toEqual({
        ...{ status: 2, out: '' },
        err: `vmlane: domain a: no file describes it, and its set set is of file://${hostname()}${await realpath(folder)}; prune there, or name the set here: then the folder does not matter (vmlane domain apply --set set)\n`,
      });
      expect(Object.keys(await definitions())).toEqual(['a', 'test']);

      // What the folder describes it takes over.
      await write(two, { 'a.xml': domainOf({ name: 'a' }) });
      const taken = await other('--json');
      expect(json(taken.out).domains).toMatchObject([
        { name: 'a', action: 'redefine', why: `its files were in file://${hostname()}${folder}` },
        { name: 'b', action: 'define' },
      ]);
      expect(openDomain(await libvirt.definition('a')).mark?.folder).toMatch(/\/two%20words\/set$/);
      expect((await other()).err).toContain('nothing to change');

      // By the set's name alone.
      const [same, pruned] = [
        await apply('--set', 'set', '--dry-run'),
        await apply('--set', 'set', '--prune'),
      ];
      expect(same.out).toBe(`a: unchanged - ${folder}/a.xml\n`);
      expect(pruned.err).toBe('vmlane: b: undefined\n');
    }));

  test('a set of another name keeps its guests; one that changes hands is redefined', () =>
    world({ 'a.xml': a }, async ({ apply }) => {
      await apply('--set', 'one');
      await libvirt.define(domainOf({ name: 'b' }));
      const { out } = await apply('--set', 'two', '--prune', '--json');
      expect(json(out).domains).toMatchObject([{ name: 'a', why: 'it was in the set one' }]);
      expect(openDomain(await libvirt.definition('a')).mark?.set).toBe('two');
    }));
});

test('Ctrl-C ends it between two steps, and what was done stays', () =>
  world({ 'a.xml': a, 'b.xml': domainOf({ name: 'b' }) }, async ({ folder }) => {
    const abort = new AbortController();
    const io = {
      env: { LIBVIRT_DEFAULT_URI: 'test:///default', VMLANE_SWITCH: NOWHERE },
      interrupted: () => abort.signal,
    };
    let err = '';
    const { status } = await vmlane(['domain', 'apply', '-f', folder], {
      ...io,
      err: (text) => {
        err += text;
        abort.abort();
      },
    });
    expect([status, err]).toEqual([
      1,
      'vmlane: a: defined\nvmlane: it ends once what is under way is done; a second signal ends it at once\nvmlane: not done: b: define\nvmlane domain apply: interrupted; run it again\n',
    ]);
    expect(Object.keys(await definitions())).toEqual(['a', 'test']);
  }));

test('a single file is applied alone, and belongs to its folder', () =>
  world({ 'a.xml': a, 'b.xml': domainOf({ name: 'b' }) }, async ({ folder }) => {
    const env = { LIBVIRT_DEFAULT_URI: 'test:///default', VMLANE_SWITCH: NOWHERE };
    const { err } = await vmlane(['domain', 'apply', '--file', join(folder, 'b.xml')], { env });
    expect(err).toBe('vmlane: b: defined\n');
    expect(openDomain(await libvirt.definition('b')).mark?.set).toBe('set');
  }));
