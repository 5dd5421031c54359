import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restoreAtEnd, TEST_DRIVER } from '../libvirt/test-driver.js';
import { inFolder } from '../switch/folder.js';
import { vmlane } from './test-io.js';

const spec = `
name: web1
memory: 512MiB
vcpus: 1
boot:
  kernel: /boot/vmlinuz
interfaces:
  - type: vhost-user
    socket: /run/vmlane/guests/web1.sock
`;

restoreAtEnd();

describe('domain generate', () => {
  it('prints the XML, the same from a file and from standard input', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'web1.yaml');
      await writeFile(file, spec);
      const { status, out, err } = await vmlane(['domain', 'generate', file]);
      expect([status, err]).toEqual([0, '']);
      expect(out).toMatch(
        /^<domain .*<name>web1<\/name>.*\/run\/vmlane\/guests\/web1\.sock.*<\/domain>\n$/s,
      );
      expect(await vmlane(['domain', 'generate', '-'], { input: spec })).toEqual({
        status: 0,
        out,
        err: '',
      });
    }));

  it('--output writes it to a file', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'web1.xml');
      const { out } = await vmlane(['domain', 'generate', '-'], { input: spec });
      const ran = await vmlane(['domain', 'generate', '-', '--output', file], { input: spec });
      expect(ran).toEqual({ status: 0, out: '', err: `vmlane: wrote ${file}\n` });
      expect(await readFile(file, 'utf8')).toBe(out);
    }));

  it('--output to where nothing can be written is invalid input', () =>
    inFolder(async (folder) => {
      const words = ['domain', 'generate', '-', '--output'];
      const missing = await vmlane([...words, join(folder, 'no/web1.xml')], { input: spec });
      expect(missing).toMatchObject({ status: 2, err: expect.stringContaining('no such file') });
      const directory = await vmlane([...words, folder], { input: spec });
      expect(directory).toMatchObject({
        status: 2,
        err: expect.stringContaining('it is a folder'),
      });
    }));

  it.each([
    ['an unknown key', `${spec}memroy: 1GiB\n`, 'memroy'],
    ['a negative memory', spec.replace('512MiB', '-1'), 'memory'],
    [
      'two NICs on one socket',
      `${spec}  - {type: vhost-user, socket: /run/vmlane/guests/web1.sock}\n`,
      'web1.sock',
    ],
    ['broken YAML', '{', 'standard input'],
    ['nothing', '', 'standard input'],
  ])('a spec with %s is refused in one line', async (_name, input, named) => {
    const { status, out, err } = await vmlane(['domain', 'generate', '-'], { input });
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^vmlane: standard input: [^\n]+; [^\n]+\n$/);
    expect(err).toContain(named);
  });
});

describe('domain define', () => {
  const test = ['--connect', TEST_DRIVER];

  it('defines a spec, and XML', async () => {
    const ran = await vmlane(['domain', 'define', '-', ...test], { input: spec });
    expect(ran).toEqual({ status: 0, out: '', err: 'vmlane: defined web1 at test:///default\n' });
    const input = `\n <domain type='test'><name>x</name><memory>1024</memory><os><type>hvm</type></os></domain>`;
    const xml = await vmlane(['domain', 'define', '-', '--json'], {
      input,
      env: { LIBVIRT_DEFAULT_URI: 'test:///default' },
    });
    expect(xml.err).toBe('vmlane: defined x at test:///default\n');
    expect(JSON.parse(xml.out)).toEqual({
      ...{ name: 'x', uri: 'test:///default', seeds: [], autostart: null },
    });
  });

  it('--dry-run prints what would be defined and needs no libvirt', async () => {
    const nowhere = ['--dry-run', '--connect', 'qemu+unix:///system?socket=/nonexistent'];
    const { out: expected } = await vmlane(['domain', 'generate', '-'], { input: spec });
    const ran = await vmlane(['domain', 'define', '-', ...nowhere], { input: spec });
    expect(ran).toEqual({ status: 0, out: expected, err: '' });
    const input = '<domain><name>x</name></domain>';
    const xml = await vmlane(['domain', 'define', '-', '--json', ...nowhere], { input });
    expect(JSON.parse(xml.out)).toMatchObject({ name: 'x', xml: input });
  });

  it.each([
    ['<domain', 2],
    ['<network><name>x</name></network>', 2],
    ['<domain><name/></domain>', 2],
    ["<domain type='test'><name>x</name></domain>", 2],
  ])('refuses %s', async (input, status) => {
    const ran = await vmlane(['domain', 'define', '-', ...test], { input });
    expect([ran.status, ran.out]).toEqual([status, '']);
    expect(ran.err).toMatch(/^vmlane: [^\n]+; [^\n]+\n$/);
  });

  it('says which libvirt does not answer', async () => {
    const uri = 'qemu+unix:///system?socket=/nonexistent/libvirt-sock';
    const { status, err } = await vmlane(['domain', 'define', '-', '--connect', uri], {
      input: spec,
    });
    expect(status).toBe(1);
    expect(err).toContain('/nonexistent/libvirt-sock');
  });
});

describe('domain start', () => {
  it('is content with a guest that runs and needs no switch', async () => {
    // libvirt's test driver has one guest, "test", running and without vhost-user.
    const words = ['domain', 'start', 'test', '--connect', 'test:///default', '--json'];
    const { status, out, err } = await vmlane([
      ...words,
      '--control-socket',
      '/nonexistent/switch.sock',
    ]);
    expect([status, err]).toEqual([0, 'vmlane: test is already running\n']);
    expect(JSON.parse(out)).toMatchObject({ name: 'test', changed: false, ports: [] });
  });

  it('of no such guest fails', async () => {
    const words = ['domain', 'start', 'nobody', '--connect', 'test:///default'];
    const { status, err } = await vmlane(words);
    expect(status).toBe(2);
    expect(err).toMatch(/^vmlane: domain nobody: Domain not found[^\n]*\n$/);
  });
});

describe('what a spec is put into', () => {
  const seeded = (path: string) => `
name: seeded
memory: 64MiB
accel: tcg
disks: [{file: /srv/a.qcow2}, {cloudInit: {userData: '#!/bin/sh', path: ${path}}}]
`;
  const define = (words: string[], input: string) =>
    vmlane(['domain', 'define', '-', '--connect', 'test:///default', ...words], { input });

  it('an older libvirt: what it lacks is told', async () => {
    const packed = spec.replace('- type: vhost-user', '- type: vhost-user\n    packed: true');
    const words = ['domain', 'generate', '-', '--libvirt-version', '6.2'];
    const { status, out, err } = await vmlane(words, { input: packed });
    expect([status, err]).toEqual([
      0,
      'vmlane: web1: packed rings are not offered (libvirt 6.3)\n',
    ]);
    expect(out).not.toContain('packed');
  });

  it('a template', async () => {
    const words = ['domain', 'generate', '-', '--template', 'templates/domain/desktop.xml'];
    const { status, out } = await vmlane(words, { input: spec });
    expect(status).toBe(0);
    expect(out).toMatch(
      /<name>web1<\/name>.*\/run\/vmlane\/guests\/web1\.sock.*<graphics type='vnc'/s,
    );
  });

  it.each(['--template', '--libvirt-version'])('%s means nothing to domain XML', async (option) => {
    const { status, err } = await define([option, '9.0', '--dry-run'], '<domain/>');
    expect([status, err]).toEqual([
      2,
      `vmlane: ${option}: is for specs, and this is domain XML; leave it out\n`,
    ]);
  });

  it("cloud-init's image is made before the guest is defined, once", () =>
    inFolder(async (folder) => {
      const path = join(folder, 'seed.iso');
      const dry = await define(['--dry-run'], seeded(path));
      expect([dry.status, dry.err]).toEqual([0, `vmlane: would make ${path}\n`]);
      expect(existsSync(path)).toBe(false);
      const first = await define(['--json'], seeded(path));
      expect(first.err).toContain(`made ${path}`);
      expect(JSON.parse(first.out)).toMatchObject({ name: 'seeded', seeds: [path] });
      expect(existsSync(path)).toBe(true);
      expect((await define([], seeded(path))).err).not.toContain('made');
    }));

  it('an image of a guest that libvirt refuses goes again', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'seed.iso');
      // The test driver has a domain "test" with another UUID.
      const { status, err } = await define([], seeded(path).replace('seeded', 'test'));
      expect([status, err]).toEqual([1, expect.stringContaining('already exists with uuid')]);
      expect(existsSync(path)).toBe(false);
    }));

  it('an image cannot be made on another host', async () => {
    const words = ['domain', 'define', '-', '--connect', 'qemu+ssh://there/system', '--dry-run'];
    const { status, err } = await vmlane(words, { input: seeded('/srv/seed.iso') });
    expect([status, err]).toEqual([2, expect.stringContaining("the guest's is another")]);
  });
});

it('a VF of another host is not looked up on this one', async () => {
  const vf = spec.replace(
    '- type: vhost-user',
    '- {type: vf, pf: ens1f0, index: 3}\n  - type: vhost-user',
  );
  const words = ['domain', 'define', '-', '--connect', 'qemu+ssh://there/system', '--dry-run'];
  const { status, err } = await vmlane(words, { input: vf });
  expect([status, err]).toEqual([
    2,
    'vmlane: standard input: interfaces[0].pf: the VF is known by its PF, and qemu+ssh://there/system is another host; give its address\n',
  ]);
});

it('domain schema prints what is in templates/', async () => {
  const { out } = await vmlane(['domain', 'schema']);
  expect(out).toBe(await readFile('templates/spec.schema.json', 'utf8'));
});
