/** Several hosts' `vmlane switch top --json` as one, with hosts that go away, and come back. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { vmlane } from '../cli/test-io.js';
import { fakeSsh, withPath } from './fake-ssh.js';

const rates = (bits: number) => {
  const none = { rx_packets: 1, tx_packets: 0, tx_bits: 0, drops: 0 };
  return { ...none, rx_bits: bits, reasons: {} };
};
const line = (bits: number) =>
  JSON.stringify({
    ports: [
      { name: 'a', state: 'up', vlan: 0, lcore: 1, load: 0.5, rates: rates(bits) },
      { name: 'new', state: 'waiting', vlan: 0, lcore: 1, load: 0.5, rates: null },
    ],
    lcores: [{ lcore: 1, load: 0.5, packets: 1 }],
    pairs: [{ from: 'a', to: 'b', packets: bits, bits }],
  });
/** A line each fifth of a second, until nobody reads it. */
const says = (text: string) => `while echo '${text}'; do sleep 0.2; done`;

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmlane-hosts-'));
  const words = (name: string) => `printf '%s' "$1" >${join(folder, name)}`;
  path = await fakeSsh(folder, {
    slow: says(line(10)),
    fast: `${words('words')}; ${says(line(1000))}`,
    // Gone after a line, and there again when it is tried again.
    flaky: `echo '${line(5)}'; sleep 0.5; echo 'Connection to flaky closed by remote host.' >&2; exit 255`,
    half: `printf '%s' '{"ports": ['; exec sleep 30`,
    mad: `head -c 6000000 /dev/zero | tr '\\0' x; exec sleep 30`,
    late: 'exec sleep 30',
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const top = (hosts: string, ...words: string[]) =>
  withPath(path, () => {
    const all = ['switch', 'top', '--interval', '0.2', '--host', hosts, ...words];
    return vmlane(all, { env: { VMLANE_HOST_TIMEOUT: '1' } });
  });

test('the busiest first, with its host', async () => {
  const { status, out, err } = await top('slow,fast', '--count', '2');
  expect({ status, err }).toEqual({ status: 0, err: '' });
  const [first = '', second] = out.trimEnd().split('\n\n');
  expect(second?.split('\n')).toEqual(first.split('\n'));
  const cells = first.split('\n').map((row) => row.split(/ +/).slice(0, 3));
  expect(cells).toEqual([
    ['HOST', 'PORT', 'STATE'],
    ['fast', 'a', 'up'],
    ['slow', 'a', 'up'],
    ['fast', 'new', 'waiting'],
    ['slow', 'new', 'waiting'],
  ]);
  expect(await readFile(join(folder, 'words'), 'utf8')).toBe(
    'vmlane switch top --json --interval 0.2',
  );
});

test('a JSON object a line, filtered and sorted here', async () => {
  const words = ['--count', '1', '--json', '--filter', 'A', '--pairs', '--control-socket', '/x y'];
  const { status, out } = await top('slow,fast', ...words);
  expect(status).toBe(0);
  const { ports, lcores, pairs, errors, seconds } = JSON.parse(out);
  expect(
    ports.map(({ host, name, rates }: (typeof ports)[0]) => [host, name, rates.rx_bits]),
  ).toEqual([
    ['fast', 'a', 1000],
    ['slow', 'a', 10],
  ]);
  expect(lcores).toEqual([
    { host: 'slow', lcore: 1, load: 0.5, packets: 1 },
    { host: 'fast', lcore: 1, load: 0.5, packets: 1 },
  ]);
  expect(pairs.map(({ host, bits }: { host: string; bits: number }) => [host, bits])).toEqual([
    ['fast', 1000],
    ['slow', 10],
  ]);
  expect([errors, seconds]).toEqual([[], 0.2]);
  expect(await readFile(join(folder, 'words'), 'utf8')).toBe(
    "vmlane switch top '--control-socket=/x y' --json --interval 0.2 --pairs",
  );
});

test.each([
  ['half', /^vmlane: half: vmlane has not said anything for 1.2 s; see what keeps it busy\n$/],
  ['late', /^vmlane: late: vmlane has not said anything for 1.2 s; /],
  ['mad', /^vmlane: mad: vmlane there says more than 4 MiB; /],
  ['nowhere', /^vmlane: nowhere: cannot be reached by ssh: /],
])('%s is said once, beside one that works, and is the exit code', async (host, expected) => {
  const { status, out, err } = await top(`${host},slow`, '--count', '2', '--json');
  expect(status).toBe(1);
  expect(err).toMatch(expected);
  expect(err.trimEnd()).not.toContain('\n');
  for (const text of out.trimEnd().split('\n')) {
    const { ports, errors } = JSON.parse(text);
    expect(ports).toHaveLength(2);
    expect(errors).toEqual([{ host, error: expect.objectContaining({ thing: host }) }]);
  }
});

test('a host that goes away is tried again', async () => {
  const { status, out, err } = await top('flaky', '--count', '3', '--json');
  expect(err).toMatch(
    /^(vmlane: flaky: cannot be reached by ssh: Connection to flaky closed .*\n)+$/,
  );
  expect(err.trimEnd().split('\n').length).toBeGreaterThan(1);
  expect(out.trimEnd().split('\n')).toHaveLength(3);
  expect(status).toBe(0);
});

test('Ctrl-C ends ssh on all hosts', async () => {
  const pids = join(folder, 'pid');
  await writeFile(join(folder, 'hosts/pid'), `echo $$ >${pids}; ${says(line(1))}`);
  const abort = new AbortController();
  const running = withPath(path, () =>
    vmlane(['switch', 'top', '--interval', '0.2', '--host', 'pid,slow'], {
      interrupted: () => abort.signal,
      out: () => abort.abort(),
    }),
  );
  expect(await running).toMatchObject({ status: 0, err: '' });
  const pid = Number(await readFile(pids, 'utf8'));
  await expect.poll(() => isThere(pid)).toBe(false);
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
