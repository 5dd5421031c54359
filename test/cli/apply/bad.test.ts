/** What apply refuses before it asks libvirt or the switch anything. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { inFolder } from '../../switch/folder.js';
import { vmlane } from '../test-io.js';
import { domainOf, write } from './files.js';

const UUID = 'f0000000-0000-4000-8000-00000000000a';
const MAC = '52:54:00:00:00:01';
const spec = (name: string, more = '') =>
  `name: ${name}\nmemory: 64MiB\nboot: {kernel: /boot/vmlinuz}\n${more}`;
const VF = 'interfaces: [{type: vf, address: "0000:3b:02.1"}]\n';
const nic = (name: string, path: string, mac?: string) =>
  domainOf({ name, sockets: [{ path, ...(mac && { mac }) }] });

/** No libvirt, no switch: whoever asks them gets another error than the one expected. */
const env = { VMLANE_SWITCH: '/nonexistent/switch.sock' };
const nowhere = ['--connect', 'qemu+unix:///system?socket=/nonexistent'];
const apply = (...words: string[]) => vmlane(['domain', 'apply', ...words, ...nowhere], { env });

/** Files in a folder `set`, and the lines that are said, without the folder. */
const FILES: [name: string, files: Record<string, string | Buffer>, lines: RegExp[]][] = [
  ['broken YAML', { 'a.yaml': '{' }, [/^a\.yaml: .*; /]],
  ['an empty file', { 'a.yaml': '' }, [/^a\.yaml: /]],
  ['an unknown key', { 'a.yaml': spec('a', 'memroy: 1\n') }, [/^a\.yaml: .*memroy/]],
  ['broken JSON', { 'a.json': '{"name": ' }, [/^a\.json: /]],
  ['XML that breaks off', { 'a.xml': '<domain' }, [/^a\.xml: line 1: /]],
  ['XML of something else', { 'a.xml': '<network/>' }, [/^a\.xml: holds <network> where /]],
  ['a domain without a name', { 'a.xml': '<domain/>' }, [/^a\.xml: has no <name>; /]],
  ['a document type', { 'a.xml': `<!DOCTYPE a>${nic('a', '/run/a')}` }, [/^a\.xml: declares a /]],
  [
    'another encoding',
    { 'a.xml': `<?xml version="1.0" encoding="latin1"?>${nic('a', '/run/a')}` },
    [/^a\.xml: its encoding is "latin1"; /],
  ],
  ['not UTF-8', { 'a.yaml': Buffer.from([0x6e, 0xff]) }, [/^a\.yaml: not UTF-8 text; /]],
  ['a file too long', { 'a.yaml': ' '.repeat(1024 * 1024 + 1) }, [/^a\.yaml: longer than 1 MiB/]],
  ['a name with a slash', { 'a.xml': nic('a/b', '/run/a') }, [/^a\.xml: the name "a\/b" is blank/]],
  ['a name of blanks', { 'a.xml': nic('  ', '/run/a') }, [/^a\.xml: the name " {2}" is blank/]],
  ['a name of two lines', { 'a.xml': nic('a\nb', '/run/a') }, [/^a\.xml: the name "a\\nb" is /]],
  [
    'no UUID',
    { 'a.xml': domainOf({ name: 'a', uuid: 'f0000000-4000' }) },
    [/^a\.xml: "f0000000-4000" is no UUID; /],
  ],
  [
    'one socket twice in a domain',
    { 'a.xml': domainOf({ name: 'a', sockets: [{ path: '/run/a' }, { path: '/run/a' }] }) },
    [/^a\.xml: a: two of its interfaces use the socket \/run\/a; /],
  ],
  [
    'a NIC without a socket',
    { 'a.xml': nic('a', '/run/a').replace(/<source.*\/>/, '') },
    [/^a\.xml: a vhostuser interface has no path/],
  ],
  [
    'one name in two files',
    { 'a.yaml': spec('a'), 'b.xml': domainOf({ name: 'a', uuid: UUID }) },
    [/^b\.xml: the domain a is in .*a\.yaml, too; rename one$/],
  ],
  [
    'one UUID in two files, written otherwise',
    {
      'a.xml': domainOf({ name: 'a', uuid: UUID }),
      'b.yaml': spec('b', `uuid: ${UUID.toUpperCase()}\n`),
      'c.xml': domainOf({ name: 'c', uuid: UUID.replace(/-/g, '') }),
    },
    [/^b\.yaml: the UUID f0{11}4.* is in .*a\.xml, too; /, /^c\.xml: the UUID .*a\.xml, too/],
  ],
  [
    'one socket in two domains',
    { 'a.xml': nic('a', '/run/x'), 'b.xml': nic('b', '/run/x') },
    [/^b\.xml: the socket \/run\/x is in .*a\.xml, too; give each NIC a socket of its own$/],
  ],
  [
    'one image for cloud-init in two specs',
    {
      'a.yaml': spec('a', 'disks: [{cloudInit: {userData: "#cloud-config", path: /x.iso}}]'),
      'b.yaml': spec('b', 'disks: [{cloudInit: {userData: "#cloud-config", path: /x.iso}}]'),
    },
    [/^b\.yaml: the image \/x\.iso for cloud-init is in .*a\.yaml, too; /],
  ],
  [
    'texts for cloud-init that are not there',
    { 'a.yaml': spec('a', 'disks: [{cloudInit: {userData: {file: /nonexistent}, path: /x.iso}}]') },
    [/^a\.yaml: \/nonexistent: cannot be read: ENOENT/],
  ],
  [
    'one MAC in two domains',
    { 'a.xml': nic('a', '/run/a', MAC), 'b.xml': nic('b', '/run/b', MAC.toUpperCase()) },
    [/^b\.xml: the MAC 52:54:00:00:00:01 is in .*a\.xml, too; /],
  ],
  [
    'one image and one VF in two specs',
    {
      'c.yaml': spec('c', `disks: [{file: /srv/same.qcow2}]\n${VF}`),
      'd.yaml': spec('d', `disks: [{file: /srv/same.qcow2}]\n${VF}`),
    },
    [
      /^d\.yaml: the VF 0000:3b:02\.1 is in .*c\.yaml, too; give each domain VFs of its own$/,
      /^d\.yaml: the disk \/srv\/same\.qcow2 is in .*c\.yaml, too; give each domain an image/,
    ],
  ],
  [
    'one image that all only read is no trouble',
    {
      'a.yaml': spec('a', 'disks: [{file: /srv/same.img, readonly: true}]'),
      'b.yaml': spec('b', 'disks: [{file: /srv/same.img, readonly: true}]'),
      'c.yaml': '{',
    },
    [/^c\.yaml: /],
  ],
  [
    'several things, each told',
    { 'a.yaml': '{', 'b.xml': '<a', 'c.yml': spec('c'), 'd.xml': nic('c', '/run/c') },
    [/^a\.yaml: /, /^b\.xml: /, /^d\.xml: the domain c is in .*c\.yml/],
  ],
  [
    'two domains in a file',
    { 'a.xml': `${nic('a', '/x')}${nic('b', '/y')}` },
    [/^a\.xml: .*several/],
  ],
];

describe('files', () => {
  test.each(FILES)('%s', (_name, files, lines) =>
    inFolder(async (folder) => {
      const set = join(folder, 'bad-set');
      await write(set, { ...files, 'z.yaml': spec('good') });
      const { status, out, err } = await apply('--file', set);
      expect([status, out]).toEqual([2, '']);
      const said = err.trimEnd().split('\n');
      const plain = said.map((line) => line.replace('vmlane: ', '').replace(`${set}/`, ''));
      expect(plain).toEqual(lines.map((line) => expect.stringMatching(line)));
    }),
  );
});

type Make = (folder: string) => Promise<string[]>;
const good = { 'bad-set/a.yaml': spec('a') };

/** Makes something in a folder, and gives the words that follow `apply`. */
const PLACES: [name: string, make: Make, line: RegExp][] = [
  ['nothing named', async () => [], /^vmlane domain apply: --f(ile)? is missing; /],
  ['an empty word', async () => ['-f', ''], /--f(ile)?: its value is empty/],
  ['two of them', async () => ['-f', 'a', '-f', 'b'], /given more than once/],
  ['standard input', async () => ['-f', '-'], /--file -: is standard input; /],
  ['no such folder', async (at) => ['-f', join(at, 'no')], /no: no such file or folder; /],
  ['a NUL', async () => ['-f', 'a\0b'], /a b: .*null bytes/],
  [
    'a folder below a file',
    async (at) => {
      await write(at, { a: '' });
      return ['-f', join(at, 'a/b')];
    },
    /a part of the path is not a folder/,
  ],
  ['an empty folder', async (at) => ['-f', at], /holds no file named \*\.yaml/],
  [
    'a folder of other files',
    async (at) => {
      await write(at, { 'a.txt': 'a', '.b.yaml': 'b', 'c.yaml~': 'c', 'sub/d.yaml': spec('d') });
      return ['-f', at, '--prune'];
    },
    /holds no file named/,
  ],
  [
    'a link that leads to itself',
    async (at) => {
      await symlink('loop', join(at, 'loop'));
      return ['-f', join(at, 'loop')];
    },
    /loop: .*(ELOOP|too many symbolic links)/,
  ],
  [
    'a file that is such a link',
    async (at) => {
      await symlink('a.yaml', join(at, 'a.yaml'));
      return ['-f', at];
    },
    /a\.yaml: .*(ELOOP|too many symbolic links)/,
  ],
  [
    'a link to nowhere',
    async (at) => {
      await symlink('gone', join(at, 'a.yaml'));
      return ['-f', at];
    },
    /a\.yaml: no such file or folder/,
  ],
  [
    'a folder named like a spec',
    async (at) => {
      await mkdir(join(at, 'a.yaml'));
      return ['-f', at];
    },
    /a\.yaml: it is a folder; /,
  ],
  [
    'a pipe that nobody writes to',
    async (at) => {
      await execa('mkfifo', [join(at, 'a.yaml')]);
      return ['-f', at];
    },
    /a\.yaml: it is no regular file; /,
  ],
  [
    'a file that cannot be read',
    async (at) => {
      await symlink('/proc/self/mem', join(at, 'a.yaml'));
      return ['-f', at];
    },
    /a\.yaml: .*EIO/,
  ],
  [
    'an odd file name',
    async (at) => {
      await write(at, { 'a\u001b[1m\nb.yaml': '{' });
      return ['-f', at];
    },
    /a \[1m b\.yaml: /,
  ],
  [
    '--prune with one file',
    async (at) => {
      await write(at, good);
      return ['-f', join(at, 'bad-set/a.yaml'), '--prune'];
    },
    /--prune: needs a folder/,
  ],
  ...(['--force', '--timeout=5'] as const).map((word): [string, Make, RegExp] => [
    `${word} without --restart`,
    async (at) => {
      await write(at, good);
      return ['-f', join(at, 'bad-set'), word];
    },
    /--(force|timeout): has no meaning without --restart; give both, or neither/,
  ]),
  [
    '--destroy without --prune',
    async (at) => {
      await write(at, good);
      return ['-f', join(at, 'bad-set'), '--destroy'];
    },
    /--destroy: has no meaning without --prune; /,
  ],
  [
    'a set that XML cannot carry',
    async (at) => {
      await write(at, good);
      return ['-f', join(at, 'bad-set'), '--set', 'a\u0007'];
    },
    /--set: "a\\u0007" cannot be the name of a set; /,
  ],
  [
    'a folder whose name is no set',
    async (at) => {
      await write(at, { 'a\nb/a.yaml': spec('a') });
      return ['-f', join(at, 'a\nb')];
    },
    /the folder's name: "a\\nb" cannot be the name of a set; name the set, such as guests/,
  ],
  [
    'a time that is none',
    async () => ['-f', 'a', '--timeout', '0'],
    /--timeout: "0" is not a whole/,
  ],
];

describe('places', () => {
  test.each(PLACES)('%s', (_name, make, line) =>
    inFolder(async (folder) => {
      const { status, out, err } = await apply(...(await make(folder)));
      expect([status, out]).toEqual([2, '']);
      expect(err).toMatch(line);
      expect(err).toMatch(/^vmlane[^\n]*; [^\n]*\n$/);
    }),
  );
});
