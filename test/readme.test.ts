/** What the READMEs say is tried: commands, scripts, links, specs, examples. */

import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { patience } from '../lab/slow.js';
import packageJson from '../package.json' with { type: 'json' };
import { allGroups } from '../src/cli/commands/index.js';
import { select } from '../src/cli/parser.js';
import { WAYS } from '../src/cli/topics/ways.js';
import { checkPaths } from '../src/cni/call/offer.js';
import { KEYS } from '../src/host/wrap/settings/index.js';
import { parseFile } from '../src/host/wrap/settings/schema.js';
import { identitiesByName, parseSpec } from '../src/spec/index.js';
import { vmlane } from './cli/test-io.js';
import { host } from './domain/cases.js';
import { domainXml, vhostUser } from './hook/xml.js';
import { type Block, blocks, commandsOf, inlineCode, links } from './markdown.js';
import { inFolder } from './switch/folder.js';
import { withRealSwitch } from './switch/real-switch.js';

const groups = await allGroups();

const ROOT = join(import.meta.dirname, '..');
/** Where packages have the wrapper, and what else is in a checkout. */
const PACKAGED = '/usr/lib/vmlane/';
/** The README's spec, which `vmlane domain example` prints. */
const SERVER = { name: 'server', file: 'server.yaml' };

const { stdout } = await execa(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'],
  { cwd: ROOT },
);
const files = stdout.split('\n').filter((file) => existsSync(join(ROOT, file)));
const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const readme = text('README.md');

/** All blocks of one language, with a name for the report. */
function blocksIn(file: string, language: string): [name: string, block: Block][] {
  const found = blocks(text(file)).filter((block) => block.language === language);
  return found.map((block) => [`${file}:${block.line}`, block]);
}

const commands = files.flatMap((file) => {
  const shell = blocksIn(file, 'sh').flatMap(([at, block]) =>
    commandsOf(block.text).map((words): [string, string[]] => [at, words]),
  );
  const inline = inlineCode(text(file))
    .filter((code) => /^(vmlane|npm) [a-z]/.test(code) && !/[…|]/.test(code))
    .flatMap((code) => commandsOf(code).map((words): [string, string[]] => [file, words]));
  return [...shell, ...inline];
});
const of = (program: string) =>
  commands
    .filter(([, words]) => words[0] === program)
    .map(([at, words]): [string, string, string[]] => [at, words.join(' '), words.slice(1)]);

test('there is something to test', () => {
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'native/README.md', 'wrapper/README.md']),
  );
  expect(of('vmlane').length).toBeGreaterThan(15);
  expect(of('npm').length).toBeGreaterThan(3);
  expect(files.flatMap((file) => links(text(file))).length).toBeGreaterThan(20);
});

describe('commands', () => {
  // `vmlane domain start` as a mere name of a command: its help must exist.
  test.each(of('vmlane'))('%s: %s', async (_at, _line, words) => {
    if (words[0] === 'help') return expect(await vmlane(words)).toMatchObject({ status: 0 });
    const whole = words.length > 2 || !isCommandName(words);
    expect(select(whole ? words : [...words, '--help'], groups)).toHaveProperty('kind');
  });

  test.each(of('npm'))('%s: %s', (_at, _line, [verb = '', script]) => {
    const packed = `./${packageJson.name}-${packageJson.version}.tgz`;
    if (verb === 'link') expect(Object.keys(packageJson.bin)).toEqual(['vmlane']);
    else if (verb === 'pack') expect(packageJson.scripts).toHaveProperty('prepack');
    else if (verb === 'install') expect(script).toBe(packed);
    else expect(packageJson.scripts).toHaveProperty(verb === 'run' ? (script ?? '') : verb);
  });

  test('the spec that it defines is one of ours, and good', async () => {
    expect(readme).toContain(`vmlane domain example ${SERVER.name} > ${SERVER.file}\n`);
    const defined = of('vmlane').filter(([, , words]) => {
      return words[1] === 'define' && words[2] === SERVER.file;
    });
    expect(defined.length).toBeGreaterThan(0);
    const { out } = await vmlane(['domain', 'example', SERVER.name]);
    const define = ['domain', 'define', '-', '--dry-run'];
    expect(await vmlane(define, { input: out })).toMatchObject({ status: 0 });
  });

  const examples = of('vmlane').filter(([, , words]) => words[1] === 'example' && words.length > 2);
  test.each(examples)('%s: %s is there', async (_at, _line, words) => {
    expect(await vmlane(words)).toMatchObject({ status: 0 });
  });

  test('no path is that of a checkout', () => {
    const shown = blocks(readme).filter(({ text }) => text.includes('/opt/vmlane'));
    expect(shown.map(({ text }) => text)).toEqual([expect.stringContaining('git clone ')]);
  });

  const explained = of('vmlane').filter(([, line]) => line.includes('wrap explain --'));
  test('what qemu-wrap would change is explained', () => expect(explained).not.toEqual([]));
  test.each(explained)('%s: %s changes something', async (_at, _line, words) => {
    const ran = await vmlane(words);
    expect(ran).toMatchObject({ status: 0, err: '' });
    expect(ran.out).toContain('switch-port');
  });

  test('the wrapper that domains name is a program', () => {
    const emulators = [...readme.matchAll(/<emulator>(.*)<\/emulator>/g)].map(
      ([, path]) => path ?? '',
    );
    expect(emulators).toEqual([`${PACKAGED}wrapper/qemu-wrap`]);
    accessSync(join(ROOT, emulators[0]?.slice(PACKAGED.length) ?? ''), constants.X_OK);
  });
});

describe('vhost-switch, started as its README says', () => {
  const SWITCH = 'build/native/vhost-switch';
  test('it does', () => expect(of(SWITCH).length).toBeGreaterThan(3));
  test.each(of(SWITCH))('%s: %s', async (_at, _line, words) => {
    const [binary, prefix] = [join(ROOT, SWITCH), ['--file-prefix', `readme-${process.pid}`]];
    const running = execa(binary, [...prefix, ...words], { all: true, reject: false });
    // It answers to Ctrl-C when it is ready, and not before.
    for await (const line of running.iterable({ from: 'all' })) {
      if (line.includes('ready')) running.kill('SIGINT');
    }
    expect(await running).toMatchObject({ exitCode: 0, all: expect.stringContaining('stopping') });
  });
});

describe('links', () => {
  const all = files.flatMap((file) =>
    links(text(file)).map((link): [string, string] => [file, link]),
  );
  test.each(all.filter(([, link]) => !link.includes('://')))('%s: %s', (file, link) => {
    expect(isHere(join(dirname(file), link))).toBe(true);
  });

  test('the folders of src/ are all in the table', () => {
    const shown = links(readme).map((link) => /^src\/(\w+)/.exec(link)?.[1]);
    expect(shown).toEqual(
      expect.arrayContaining(['spec', 'domain', 'qemu', 'wrap', 'switch', 'libvirt', 'cli']),
    );
  });
});

const WRAPPER = 'wrapper/README.md';
/** Their YAML is settings of qemu-wrap, not specs. */
const SETTINGS = [WRAPPER, 'docs/with/proxmox.md'];
/** Its is what a host offers to vmlane-cni. */
const CONTAINERS = 'docs/with/containers.md';

describe('settings of the wrapper', () => {
  test.each(SETTINGS.flatMap((file) => blocksIn(file, 'yaml')))('%s', (at, { text: settings }) => {
    const { values, guests } = parseFile(settings, at);
    expect({ ...values, ...guests }).not.toEqual({});
  });

  test('are all in the table', () => {
    const keys = [...text(WRAPPER).matchAll(/^\| (`\w+`(?:, `\w+`)*) \|.*\|$/gm)];
    const named = keys.flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)]);
    expect(named.map(([, key]) => key)).toEqual(expect.arrayContaining([...KEYS]));
  });
});

test.each(blocksIn(CONTAINERS, 'yaml'))(
  '%s: an offer to configurations of CNI',
  async (_at, { text: offer }) => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, 'cni.yaml'), offer, { mode: 0o644 });
      const asked = { controlSocket: '/run/vmlane/second.sock', socketFolder: '/srv/sockets' };
      expect(() => checkPaths(asked, { VMLANE_SETTINGS: folder })).not.toThrow();
    });
  },
);

describe('specs', () => {
  const specs = files.filter((file) => ![...SETTINGS, CONTAINERS].includes(file));
  test.each(specs.flatMap((file) => blocksIn(file, 'yaml')))('%s', (_at, { text: spec }) => {
    expect(
      parseSpec(spec, 'README', identitiesByName, host).interfaces.map(({ type }) => type),
    ).toContain('vhost-user');
  });
});

test('the table of ways is that of `vmlane help ways`', () => {
  const rows = WAYS.map(({ guest, name, first }) => `| ${guest} | ${name} | \`${first}\` |\n`);
  expect(readme).toContain(`| your guest | way | look first |\n|---|---|---|\n${rows.join('')}\n`);
});

describe('exit codes', () => {
  const rows = [...readme.matchAll(/^\| ([0-9]) \|.*\| `vmlane (.*)` \|$/gm)];
  test('are told: 0, 1, 2', () => expect(rows.map(([, code]) => code)).toEqual(['0', '1', '2']));
  test.each(rows.map(([, code, line]): [string, string] => [code ?? '', line ?? '']))(
    '%s: vmlane %s',
    async (code, line) =>
      expect(await vmlane(line.split(' '))).toMatchObject({ status: Number(code) }),
  );
});

describe('examples of the library', () => {
  const found = files.flatMap((file) => blocksIn(file, 'js'));
  test('are there', () => expect(found.length).toBeGreaterThan(3));

  test.each(found)('%s runs', (name, { text: code }) =>
    withRealSwitch(async ({ folder, socket }) => {
      const LIBVIRT_DEFAULT_URI = await libvirtIn(folder);
      const ran = await inCheckout(name, code, { VMLANE_SWITCH: socket, LIBVIRT_DEFAULT_URI });
      expect(ran.stderr).toBe('');
      expect(ran.exitCode).toBe(0);
      expect(ran.stdout).not.toBe('');
      if (code.includes('addPort')) expect(ran.stdout).toMatch(/^added\nweb2\.0 waiting /);
      if (code.includes('startGuest')) {
        expect(ran.stdout).toContain(`\nweb1.0 ${join(folder, 'web1.0.sock')}\nweb1 running [`);
      }
    }),
  );
});

test('it names neither registries nor hosts', () => {
  for (const file of files) {
    const hosts = [...text(file).matchAll(/https?:\/\/([^/\s)]+)/g)].map(([, host]) => host);
    expect(
      hosts.filter((host) => !['keepachangelog.com', 'semver.org'].includes(host ?? '')),
    ).toEqual([]);
  }
});

/** URI of libvirt's test driver with the README's guest, which runs. */
async function libvirtIn(folder: string): Promise<string> {
  const file = join(folder, 'libvirt.xml');
  const plain = vhostUser(join(folder, 'web1.0.sock'));
  const nic = plain.replace('</interface>', '<model type="virtio"/>$&');
  const os = '<memory unit="MiB">64</memory><os><type>hvm</type></os><devices>';
  const guest = domainXml('web1', [nic]).replace("type='kvm' id='1'", "type='test'");
  writeFileSync(file, `<node>${guest.replace('<devices>', os)}</node>`);
  return `test://${file}`;
}

/** Whether the words are just a command's group and name. */
function isCommandName([group, name]: string[]): boolean {
  // Of a group of one command its name is enough.
  if (name === undefined) return groups.some((one) => one.alone && one.name === group);
  return existsSync(join(ROOT, `src/cli/commands/${group}/${name}.ts`));
}

/** Whether the path is in the repository, or is what the build makes. */
function isHere(path: string): boolean {
  return existsSync(join(ROOT, path)) && !basename(path).startsWith('.');
}

/** Runs the code as a file of the checkout, so that `vmlane` is this package, as built. */
async function inCheckout(name: string, code: string, env: Record<string, string>) {
  const folder = join(ROOT, 'build/readme');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name.replace(/\W/g, '-')}-${process.pid}.mjs`);
  writeFileSync(file, code);
  try {
    return await execa(process.execPath, [file], { env, reject: false, timeout: patience(60_000) });
  } finally {
    rmSync(file);
  }
}
