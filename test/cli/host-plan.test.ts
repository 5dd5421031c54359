import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withRoot } from '../host/setup/root.js';
import { vmlane } from './test-io.js';

const EXAMPLES = join(import.meta.dirname, '../../templates/examples');
const SERVER = join(EXAMPLES, 'server.yaml');
const LAPTOP = join(EXAMPLES, 'laptop.yaml');
const NODE = 'sys/devices/system/node/node0';

/** A host with pages of 1 GiB. */
const withPages = <T>(total: number, use: (root: string) => Promise<T>) => {
  const pages = (folder: string) => ({
    [`${folder}/hugepages-1048576kB/nr_hugepages`]: `${total}\n`,
    [`${folder}/hugepages-1048576kB/free_hugepages`]: `${total}\n`,
  });
  const files = {
    ...pages('sys/kernel/mm/hugepages'),
    ...pages(`${NODE}/hugepages`),
    [`${NODE}/meminfo`]: 'Node 0 MemTotal: 32768000 kB\nNode 0 MemFree: 30000000 kB\n',
  };
  return withRoot('debian12', use, files);
};
const plan = (...words: string[]) => vmlane(['host', 'plan', ...words]);

test('what a guest and the switch lack, and the line that makes it', () =>
  withPages(2, async (root) => {
    const ran = await plan(SERVER, '--root', root);
    expect(ran).toEqual({
      status: 1,
      out: [
        'WHAT                    NEEDED   FREE  MISSING',
        'pages of 1 GiB, node 0       5      2        3',
        'memory in MiB             3072  29297        0',
        '',
      ].join('\n'),
      err: [
        'vmlane: huge pages of 1 GiB on node 0: 5 are needed, 2 are free; 3 are missing',
        'vmlane: to have them: vmlane host setup --pages 1GiB:5',
        '',
      ].join('\n'),
    });
  }));

test('everything fits, with the switch’s memory and without; --guests is the same', () =>
  withPages(5, async (root) => {
    const both = await plan('--guests', SERVER, LAPTOP, '--root', root, '--json');
    expect(both.status).toBe(0);
    expect(JSON.parse(both.out)).toEqual({
      fits: true,
      pages: [{ page_size: 2 ** 30, node: 0, needed: 5, free: 5, total: 5, missing: 0 }],
      ordinary: { needed: 256 * 2 ** 20, for_pages: 0, free: 30_000_000 * 1024 },
      switch: { mib: 128, page_size: null, relays: 0, relays_mib: 0 },
      memlock: [],
      problems: [],
      warnings: [],
      setup: [],
    });
    expect((await plan(SERVER, '--root', root, '--switch-memory', '2048')).status).toBe(1);
    const alone = await plan(SERVER, '--root', root, '--switch-memory', '0');
    expect([alone.status, alone.err]).toEqual([0, 'vmlane: everything fits\n']);
  }));

test('a switch on pages of its own size leaves the others to guests, by option and by its settings file', () =>
  withPages(4, async (root) => {
    const pages = async (...more: string[]) => {
      const { out } = await plan(SERVER, '--root', root, '--json', ...more);
      const found: { pages: { page_size: number; needed: number }[]; switch: unknown } =
        JSON.parse(out);
      return { ...found, pages: found.pages.map((one) => [one.page_size, one.needed]) };
    };
    const [gib, mib] = [2 ** 30, 2 ** 21];
    expect((await pages('--switch-memory', '2750')).pages).toEqual([[gib, 4 + 3]]);
    const own = await pages('--switch-memory', '2750', '--switch-page-size', '2MiB');
    expect(own.pages).toEqual([
      [gib, 4],
      [mib, 1375],
    ]);
    expect(own).toMatchObject({ switch: { mib: 2750, page_size: mib }, setup: ['2MiB:1375'] });
    mkdirSync(join(root, 'etc/vmlane'), { recursive: true });
    const file = join(root, 'etc/vmlane/switch.yaml');
    writeFileSync(file, 'page-size: 2MiB\nmemory: 256\n', { mode: 0o644 });
    expect(await pages()).toMatchObject({ setup: ['2MiB:128'] });
    writeFileSync(file, 'page-size: 3MiB\n', { mode: 0o644 });
    const ran = await plan(SERVER, '--root', root);
    expect(ran).toMatchObject({ status: 2, out: '' });
    expect(ran.err).toBe(
      'vmlane: /etc/vmlane/switch.yaml: line 1: page-size: 3MiB no size of huge pages; give 2MiB or 1GiB\n',
    );
  }));

test('domain XML with a VF: what it locks', () =>
  withPages(5, async (root) => {
    const xml =
      "<domain><name>v</name><memory unit='GiB'>2</memory><devices><interface type='hostdev'/></devices></domain>";
    const ran = await vmlane(['host', 'plan', '-', '--root', root], { input: xml });
    expect(ran.status).toBe(0);
    expect(ran.out).toContain('v locks 3072 MiB; without libvirt, allow it: ulimit -l 3145728\n');
  }));

test('host setup --guests asks for the same pages', () =>
  withPages(2, async (root) => {
    const words = ['host', 'setup', '--guests', SERVER, '--root', root, '--dry-run'];
    expect((await vmlane(words)).out).toContain('hugepagesz=1G hugepages=5"');
    const none = await vmlane([...words, '--switch-memory', '0', '--guests', LAPTOP]);
    expect(none.out).toContain('hugepagesz=1G hugepages=4"');
  }));

test('host setup --guests refuses guests that no pages would make fit', () =>
  withPages(2, async (root) => {
    const ran = await vmlane(['host', 'setup', '--guests=-', '--root', root], {
      input: "<domain><name>big</name><memory unit='TiB'>1</memory></domain>",
    });
    expect(ran).toMatchObject({ status: 2, out: '' });
    expect(ran.err).toBe(
      "vmlane: --guests: memory: 1048704 MiB are needed, 29297 MiB are available; see 'vmlane host plan'\n",
    );
  }));

test.each([
  [[], 'vmlane host plan: SPEC is missing; name specs or domain XML of guests'],
  [['/nowhere.yaml'], '/nowhere.yaml: no such file or folder; check the name'],
  [[SERVER, SERVER], `${SERVER}: named twice; name each guest once`],
  [[SERVER, '--switch-memory', '-1'], 'vmlane host plan: --switch-memory: "-1" is not a whole'],
  [[SERVER, '--switch-page-size', '2'], '--switch-page-size 2: no size of huge pages; give 2MiB'],
  [[SERVER, '--root', '/nowhere'], '--root /nowhere: is no folder'],
])('refused: %j', async (words, says) => {
  const ran = await plan(...words);
  expect([ran.status, ran.out]).toEqual([2, '']);
  expect(ran.err).toContain(says);
});

test.each([
  ['<network/>', 'standard input: holds <network>'],
  ['<domain><name>x</name></domain>', 'standard input: has no <memory> that can be read'],
  ['name: x\n', 'standard input: '],
])('refused: %j', async (input, says) => {
  const ran = await vmlane(['host', 'plan', '-'], { input });
  expect([ran.status, ran.out]).toEqual([2, '']);
  expect(ran.err).toContain(says);
});

/** A host whose settings file has this text. */
const withSettings = (text: string, use: (root: string) => Promise<void>) =>
  withPages(8, (root) => {
    mkdirSync(join(root, 'etc/vmlane'), { recursive: true });
    writeFileSync(join(root, 'etc/vmlane/switch.yaml'), text, { mode: 0o644 });
    return use(root);
  });

test('relays have their share of the switch’s memory, those of the settings file and those to come', async () => {
  const planned = (root: string, ...more: string[]) =>
    plan(SERVER, '--root', root, ...more, '--json').then(({ out }) => JSON.parse(out).switch);
  await withSettings('relay: {3: "0000:01:10.0", 4: "0000:01:10.1"}\n', async (root) => {
    expect(await planned(root)).toMatchObject({ mib: 512, relays: 2, relays_mib: 36 });
    expect(await planned(root, '--relays', '60')).toMatchObject({
      ...{ mib: 32 + 18 * 62, relays: 62, relays_mib: 18 * 62 },
    });
    expect((await plan(SERVER, '--root', root)).out).toContain(
      'the switch takes 512 MiB, of which its relays (2) have 36\n',
    );
    expect(await planned(root, '--switch-memory', '0')).toMatchObject({ mib: 0, relays_mib: 0 });
    // Its pages are of 1 GiB here: a third one with so many relays.
    const pages = async (...more: string[]) =>
      JSON.parse((await plan(SERVER, '--root', root, ...more, '--json')).out).pages[0].needed;
    expect((await pages('--relays', '60')) - (await pages())).toBe(1);
  });
  await withSettings('memory: 128\ndevice: {up0: net_null0}\n', async (root) => {
    const refused = async (...more: string[]) => {
      const ran = await plan(SERVER, '--root', root, ...more);
      expect([ran.status, ran.out]).toEqual([2, '']);
      return ran.err;
    };
    expect(await refused('--relays', '9')).toBe(
      'vmlane: memory of the switch: 128 MiB hold no 9 relays and 1 other devices; give at least 212: vmlane switch settings set memory=212\n',
    );
    expect(await refused('--relays', '9', '--switch-memory', '100')).toBe(
      'vmlane: --switch-memory: 100 MiB hold no 9 relays and 1 other devices; give at least 212\n',
    );
    expect(await refused('--relays', 'x')).toContain('"x" is not a whole number from 0 to 512');
    expect(await refused('--relays', '513')).toContain('is not a whole number from 0 to 512');
    expect(await planned(root, '--relays', '9', '--switch-memory', '300')).toMatchObject({
      relays_mib: 162,
    });
  });
  await withSettings('relay: {3: eth0}\n', async (root) => {
    expect((await plan(SERVER, '--root', root)).err).toContain('switch.yaml: line 1: relay: 3');
  });
});
