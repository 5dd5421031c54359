/** The page of `vmlane web` in a real browser, of a real switch. `VMLANE_SCREENSHOT=1` draws docs/web.png anew. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { NetworkView } from '../../src/networks/index.js';
import { placeOf } from '../../src/serve/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { serveWeb, WANTED, type WebOptions } from '../../src/web/index.js';
import { type Bench, useBench, withBench } from './bench.js';
import { useBrowser } from './browser.js';
import { BROADCAST, frame, mac } from './frames.js';
import { startSwitch } from './start.js';

const look = useBrowser();

/** Names that would be elements, if they were taken for markup. */
const IMAGE = '<img src=x onerror=alert(1)>';
const BOLD = '<b>bridge</b>';

type Known = NonNullable<WebOptions['host']>;

/** What the host and libvirt would say. */
function known(some: Partial<Known> = {}): Known {
  return {
    ...{ networks: [], guests: new Map(), states: new Map(), noLibvirt: undefined, ...some },
    look: () => undefined,
    close: async () => undefined,
  };
}

function network(name: string, vlan: number, rest: Partial<NetworkView>): NetworkView {
  const fixed = { control_socket: '/s', state: 'up' as const, mtu: 1500, mtus: [], ports: [] };
  return { ...fixed, name, vlan, ...rest };
}

/** Starts the page's server; closed, it must have had no errors of ours. */
async function startWeb(bench: Bench, options: Partial<WebOptions> = {}, port = '0') {
  const errors: unknown[] = [];
  const server = await serveWeb(placeOf(`127.0.0.1:${port}`, WANTED), {
    ...{ socket: bench.one.socket, env: {}, host: known(), deadlineMs: 2000 },
    onError: (error) => errors.push(error),
    ...options,
  });
  const close = async () => {
    await server.close();
    expect(errors).toEqual([]);
  };
  return { url: `http://${server.at}/`, close };
}

/** Runs with one. */
async function withWeb(
  bench: Bench,
  use: (url: string) => Promise<void>,
  options: Partial<WebOptions> = {},
): Promise<void> {
  const server = await startWeb(bench, options);
  try {
    await use(server.url);
  } finally {
    await server.close();
  }
}

const status = (page: Page) => expect.poll(() => page.textContent('#status'));
const isUp = (page: Page) => status(page).toBe('switch is up');
const texts = (page: Page, selector: string) => page.locator(selector).allTextContents();
/** How many elements there are. */
const count = (page: Page, selector: string) => page.locator(selector).count();
/** The cells of a port's row. */
const row = (page: Page, port: string) =>
  page.locator('#rows tr', { hasText: port }).locator('td').allTextContents();

const some = (from: number, rest: object = {}) =>
  Array.from({ length: 100 }, (_, seed) =>
    frame({ to: BROADCAST, from: mac(from), seed, length: 500, ...rest }),
  );

describe('the page', () => {
  const bench = useBench();

  it('shows ports, rates, drops, networks, events and addresses as they are now, names as text', async () => {
    await bench().plug(['web1.0', 'web2.0'], { vlan: 10, listen: false });
    const host = known({
      guests: new Map([['web1.0', IMAGE]]),
      states: new Map([[IMAGE, 'running']]),
      networks: [network('default', 10, { bridge: BOLD })],
    });
    await withWeb(
      bench(),
      (url) =>
        look(url, async (page) => {
          await isUp(page);
          const { guests, client } = bench();
          expect((await row(page, 'web1.0')).slice(0, 3)).toEqual([IMAGE, 'default', 'up']);
          expect(await texts(page, '#picture .chip title')).toEqual([
            `${BOLD}, bridge, up`,
            `${IMAGE}, running, web1.0, up`,
            'web2, web2.0, up',
          ]);
          await expect
            .poll(async () => {
              await guests.send('web1.0', some(1));
              await guests.receive();
              return row(page, 'web2.0');
            })
            .toEqual([
              ...['web2', 'default', 'up', '0', '0'],
              ...[expect.stringMatching(/^[1-9]/), expect.stringMatching(/^[1-9]/), '0', '0'],
            ]);
          // Both charts have something in them: a line, and not just a grid.
          const drawn = `[...document.querySelectorAll('.u-over')].length + ':' +
            [...document.querySelectorAll('.u-value')].filter((one) => /[1-9]/.test(one.textContent)).length`;
          expect(await page.evaluate(drawn)).toMatch(/^2:([5-9]|1\d)$/);

          await guests.send('web1.0', some(1, { tags: [9], length: 100 }));
          const meaning = expect.stringMatching(/^a tagged frame from a port that is in a VLAN/);
          await expect
            .poll(() => texts(page, '#reasons tr :is(th, td)'))
            .toEqual(['vlan_tagged', '100', expect.any(String), 'web1.0', meaning]);

          await bench().add('new.0');
          await expect
            .poll(async () => (await row(page, 'new.0')).slice(0, 3))
            .toEqual(['new', 'no VLAN', 'waiting']);
          await expect
            .poll(() => texts(page, '#happened li'))
            .toEqual([expect.stringMatching(/^\d\d:\d\d:\d\dport-addednew\.0$/)]);
          await client.removePort('new.0');
          await expect.poll(() => texts(page, '#rows th')).toEqual(['web1.0', 'web2.0']);
          expect((await texts(page, '#happened b'))[0]).toBe('port-removed');

          await page.fill('#words', 'vlan10');
          await page.click('#search button');
          await expect
            .poll(() => texts(page, '#learned :is(th, td)'))
            .toEqual([mac(1), '10', 'web1.0', expect.stringMatching(/ s$/), '']);

          await page.locator('#picture .chip', { hasText: 'web2' }).focus();
          await page.keyboard.press('Enter');
          expect(await page.textContent('#traffic-of')).toBe('web2.0');
          await page.click('#details summary');
          const sent = `${(await bench().stats('web2.0')).tx_packets.toLocaleString('en')}`;
          await expect.poll(() => page.textContent('#detail')).toContain(`tx packets${sent}`);
          await page.click('#all');
          expect(await page.textContent('#traffic-of')).toBe('All ports');
          // Whatever names say, there is nothing but what the page has made.
          expect(await count(page, 'main :is(img, b b, script, iframe)')).toBe(0);
        }),
      { host },
    );
  });

  it('light and dark, with text that can be read in both', () =>
    withWeb(bench(), async (url) => {
      const colors = `['backgroundColor', 'color'].map((name) =>
        getComputedStyle(document.body)[name].match(/\\d+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0))`;
      for (const dark of [false, true]) {
        const read = (page: Page) => page.evaluate<[number, number]>(colors);
        const [back, text] = await look(url, read, { dark });
        expect(dark ? text - back : back - text).toBeGreaterThan(500);
      }
    }));

  it('asks for the token, keeps it in its tab, and takes it out of the address', () => {
    const token = '0123456789abcdef';
    return withWeb(
      bench(),
      async (url) => {
        await look(url, async (page) => {
          await status(page).toBe('locked');
          await page.fill('#token', 'something else');
          await page.keyboard.press('Enter');
          await expect.poll(() => page.textContent('#wrong')).toBe('That is not the token.');
          await page.fill('#token', token);
          await page.click('#login button');
          await isUp(page);
          expect(await page.isVisible('#login')).toBe(false);
          await page.reload();
          await isUp(page);
        });
        await look(`${url}#token=${token}`, async (page) => {
          await isUp(page);
          expect(page.url()).toBe(url);
          expect(await page.context().cookies()).toEqual([]);
        });
      },
      { token },
    );
  });
});

it('says when the switch or the server is away, and goes on when they are back', () =>
  withBench(async (bench) => {
    await bench.add('a.0');
    let server = await startWeb(bench);
    try {
      await look(server.url, async (page) => {
        await isUp(page);
        await bench.one.end('SIGTERM');
        await status(page).toContain('switch is down: ');
        expect(await count(page, 'body.stale')).toBe(1);
        // What it had is still there to be read.
        expect(await texts(page, '#rows th')).toEqual(['a.0']);
        bench.one = await startSwitch(bench.one.folder);
        await isUp(page);
        await server.close();
        await status(page).toContain('no connection');
        server = await startWeb(bench, {}, new URL(server.url).port);
        await isUp(page);
        expect(await count(page, 'body.stale')).toBe(0);
      });
    } finally {
      await server.close();
    }
  }));

it('500 ports: in place, sorted and found', () =>
  withBench(
    async (bench) => {
      await bench.plug(['web1.0', 'web2.0'], { listen: false });
      const more = Array.from({ length: 498 }, (_, i) => `g${i}.0`);
      await Promise.all(more.map((name) => bench.add(name, { vlan: 30, listen: false })));
      await withWeb(bench, (url) =>
        look(url, async (page) => {
          await expect.poll(() => page.textContent('#shown')).toBe('500 ports');
          expect(await count(page, '#rows tr')).toBe(500);
          expect(await count(page, '#picture .dot')).toBe(498);
          // Rows that stay are the same elements.
          await page.evaluate(
            `for (const row of document.querySelectorAll('#rows tr')) row.dataset.old = ''`,
          );
          await page.click('#ports th:has-text("frames/s") >> nth=0');
          const busiest = () => texts(page, '#rows tr:nth-child(-n + 1) th');
          for (const name of ['web2.0', 'web1.0']) {
            await expect
              .poll(async () => {
                await bench.guests.send(name, some(name === 'web1.0' ? 1 : 2));
                await bench.guests.receive();
                return busiest();
              })
              .toEqual([name]);
          }
          expect(await count(page, '#rows tr[data-old]')).toBe(500);
          await page.fill('#filter', 'vlan waiting g49');
          expect(await page.textContent('#shown')).toBe('9 of 500 ports');
          expect(await texts(page, '#rows th')).toHaveLength(9);
        }),
      );
    },
    { memory: 256 },
  ));

/** A minute and a half of traffic, so that charts have something to show: not a test, and not in normal runs. */
if (process.env.VMLANE_SCREENSHOT)
  it('docs/web.png', () =>
    withBench(
      async (bench) => {
        const web = ['web1.0', 'web2.0', 'web3.0', 'proxy.0'];
        const data = ['db1.0', 'db2.0', 'proxy.1', 'backup.0'];
        await bench.plug(web, { vlan: 10, listen: false });
        await bench.plug(data, { vlan: 20, listen: false });
        await bench.add('staging.0', { vlan: 20 });
        await bench.client.setPort({ name: 'uplink', vlan: 10 });
        const names = [...web, ...data, 'staging.0', 'cache.0'];
        const guests = new Map(names.map((name) => [name, name.replace(/\..*/, '')]));
        const state = (name: string) => (name === 'staging' ? 'shut off' : 'running');
        const host = known({
          guests,
          states: new Map([...guests.values()].map((name) => [name, state(name)])),
          networks: [
            network('default', 10, { bridge: 'virbr0', libvirt: 'default' }),
            network('storage', 20, { nic: 'eno2', mtu: 9000 }),
          ],
        });
        const end = new AbortController();
        const traffic = shownTraffic(bench, end.signal);
        await withWeb(
          bench,
          async (url) => {
            await new Promise((resolve) => setTimeout(resolve, 100_000));
            for (const dark of [false, true])
              await look(
                url,
                async (page) => {
                  await isUp(page);
                  await page.click('#ports th:has-text("bit/s") >> nth=0');
                  await expect.poll(() => count(page, '.u-over')).toBe(2);
                  await new Promise((resolve) => setTimeout(resolve, 3000));
                  const [folder, name] = dark ? ['build', 'web-dark.png'] : ['docs', 'web.png'];
                  await page.screenshot({ path: join(packageRoot(), folder, name) });
                },
                { dark, height: 1135 },
              );
          },
          { host },
        );
        end.abort();
        await traffic;
      },
      { own: ['--device', 'uplink=net_null0,no-rx=1'] },
    ));

/** Guests of which each sends more or less, in waves; now and then something else happens. */
async function shownTraffic(bench: Bench, signal: AbortSignal): Promise<void> {
  const { guests, client } = bench;
  const pairs = [
    ['web1.0', 'proxy.0', 1],
    ['proxy.0', 'web1.0', 0.4],
    ['web2.0', 'proxy.0', 0.6],
    ['proxy.0', 'web2.0', 0.2],
    ['web3.0', 'web1.0', 0.3],
    ['db1.0', 'proxy.1', 0.8],
    ['proxy.1', 'db1.0', 0.1],
    ['db2.0', 'backup.0', 0.5],
  ] as const;
  const numbers = new Map([...guests.names].map((name, i) => [name, i + 1]));
  const at = (name: string) => mac(numbers.get(name) ?? 0);
  for (const name of guests.names)
    await guests.send(name, [frame({ to: BROADCAST, from: at(name) })]);
  await client.setPort({ name: 'web3.0', flood_limit: 20 });
  const link = async (link: 'auto' | 'disable') => {
    await client.setPort({ name: 'staging.0', link });
  };
  const begun = performance.now();
  const due: [seconds: number, act: () => Promise<void>][] = [
    [30, () => link('disable')],
    [34, () => link('auto')],
    [
      55,
      () => guests.send('web3.0', Array(400).fill(frame({ to: BROADCAST, from: at('web3.0') }))),
    ],
    [
      70,
      () =>
        guests.send('web2.0', Array(9).fill(frame({ to: at('web1.0'), from: mac(9), tags: [5] }))),
    ],
    [85, () => bench.plug(['cache.0'], { vlan: 10, listen: false })],
  ];
  while (!signal.aborted) {
    const seconds = (performance.now() - begun) / 1000;
    for (const [i, [from, to, part]] of pairs.entries()) {
      const wave = 1 + 0.7 * Math.sin(seconds / (7 + 3 * i)) * Math.cos(seconds / (19 - 2 * i));
      const frames = Array.from({ length: Math.round(40 * part * wave) }, (_, seed) =>
        frame({ to: at(to), from: at(from), seed, length: 1400 }),
      );
      // It may be away.
      await guests.send(from, frames).catch(() => undefined);
    }
    if (due[0] && seconds > due[0][0]) await due.shift()?.[1]();
    await guests.receive();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
