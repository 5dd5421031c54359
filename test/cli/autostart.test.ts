/** `autostart` of a spec: it is no XML. That libvirt keeps it is shown with a real one (test/vm/apply.test.ts). */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { restoreAtEnd, TEST_DRIVER } from '../libvirt/test-driver.js';
import { inFolder } from '../switch/folder.js';
import { write } from './apply/files.js';
import { vmlane } from './test-io.js';

const URI = TEST_DRIVER;
const NOWHERE = ['--dry-run', '--connect', 'qemu+unix:///system?socket=/nonexistent'];
const spec = (more: string, name = 'web1') =>
  `name: ${name}\nmemory: 64MiB\nboot: {kernel: /boot/vmlinuz}\n${more}\n`;
// The guest of libvirt's test driver, which virsh's own has, too.
const TEST = spec('uuid: 6695eb01-f6a4-8304-79aa-97f2502e193f\nautostart: true', 'test');

restoreAtEnd();

const generate = (input: string) => vmlane(['domain', 'generate', '-'], { input });
const define = (input: string, ...words: string[]) =>
  vmlane(['domain', 'define', '-', ...words], { input });

describe('generate', () => {
  test.each(['true', 'false'])('says that XML cannot carry it: %s', async (value) => {
    const { out: plain, err } = await generate(spec(''));
    expect(err).toBe('');
    expect(await generate(spec(`autostart: ${value}`))).toEqual({
      ...{ status: 0, out: plain },
      err: "vmlane: web1: autostart is set by 'vmlane domain define', the XML cannot say it\n",
    });
  });
});

describe('define', () => {
  test('sets it after the definition', async () => {
    const ran = await define(TEST, '--connect', URI, '--json');
    expect(ran).toMatchObject({
      ...{ status: 0, err: `vmlane: defined test at ${URI}\nvmlane: autostart on\n` },
    });
    expect(JSON.parse(ran.out)).toEqual({ name: 'test', uri: URI, seeds: [], autostart: true });
  });

  test('tells what it has done if libvirt refuses', async () => {
    // virsh's test driver has no guest web1.
    const { status, out, err } = await define(spec('autostart: false'), '--connect', URI);
    expect([status, out]).toEqual([1, '']);
    expect(err).toMatch(/^vmlane: defined web1 at .*\nvmlane: domain web1: [^\n]+; [^\n]+\n$/);
  });

  test('leaves it alone if the spec is silent', async () => {
    const { err, out } = await define(spec(''), '--connect', URI, '--json');
    expect(err).toBe(`vmlane: defined web1 at ${URI}\n`);
    expect(JSON.parse(out).autostart).toBeNull();
  });

  test('--dry-run shows it', async () => {
    const ran = await define(spec('autostart: false'), ...NOWHERE, '--json');
    expect([ran.status, ran.err]).toEqual([0, 'vmlane: would set autostart off\n']);
    expect(JSON.parse(ran.out)).toMatchObject({ name: 'web1', autostart: false });
  });
});

describe('apply', () => {
  const env = { LIBVIRT_DEFAULT_URI: URI, VMLANE_SWITCH: '/nonexistent/switch.sock' };

  test('plans it for guests that have it otherwise', () =>
    inFolder(async (parent) => {
      const folder = join(parent, 'started');
      await write(folder, {
        'a.yaml': spec('autostart: true', 'a'),
        'b.yaml': spec('autostart: false', 'b'),
        'c.yaml': spec('', 'c'),
      });
      const words = ['domain', 'apply', '-f', folder, '--dry-run'];
      const { status, out, err } = await vmlane(words, { env });
      expect([status, err]).toEqual([0, '']);
      expect(out).toBe(
        `a: define, autostart on - ${folder}/a.yaml\nb: define - ${folder}/b.yaml\nc: define - ${folder}/c.yaml\n`,
      );
      const json = await vmlane([...words, '--json'], { env });
      expect(JSON.parse(json.out).domains).toMatchObject([
        { name: 'a', autostart: true },
        { name: 'b', autostart: null },
        { name: 'c', autostart: null },
      ]);
    }));

  test('takes the definition back if it cannot be set', () =>
    inFolder(async (folder) => {
      await write(folder, { 'a.yaml': spec('autostart: true', 'a') });
      const { status, err } = await vmlane(['domain', 'apply', '-f', folder], { env });
      expect(status).toBe(1);
      expect(err).toMatch(
        /^vmlane: a: defined\nvmlane: all that was done is taken back\nvmlane: domain a: .*; .*\n$/,
      );
    }));
});
