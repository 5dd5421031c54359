/** The switch's log: rotated, in the journal, as JSON, with another level while it runs. */
import { chownSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { patience } from '../../lab/slow.js';
import { SwitchClient } from '../../src/switch/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { ANOTHER_USER, builtProgram, type RealSwitch } from '../switch/real-switch.js';
import { startSwitch } from './start.js';

let folder = '';
const running: RealSwitch[] = [];
const clients: SwitchClient[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmlane-'));
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const one of running.splice(0)) await one.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

async function start(...own: string[]) {
  const one = await startSwitch(folder, { own });
  running.push(one);
  const client = await SwitchClient.connect(one.socket, { deadlineMs: patience(30_000) });
  clients.push(client);
  return { one, client };
}

it('goes on in a new file after SIGHUP, and loses no line', async () => {
  const log = join(folder, 'switch.log');
  const { one, client } = await start('--log-file', log);
  await client.addPort({ name: 'before', path: join(folder, 'before.sock') });
  const text = (file: string) => readFileSync(file, 'utf8');
  const reopened = async (what: string, file: string) => {
    one.process.kill('SIGHUP');
    await expect.poll(() => text(file), { timeout: patience(10_000) }).toContain(what);
  };
  renameSync(log, `${log}.1`);
  // As logrotate's `create` makes it: root's folder is not the switch's user's to make files in.
  writeFileSync(log, '', { mode: 0o600 });
  if (ANOTHER_USER !== undefined) chownSync(log, ANOTHER_USER, ANOTHER_USER);
  await reopened(`SIGHUP: ${log} is opened anew`, log);
  await client.addPort({ name: 'after', path: join(folder, 'after.sock') });
  expect(text(log)).toContain('after.sock');
  expect(text(`${log}.1`)).toContain('before.sock');
  expect(text(`${log}.1`)).not.toContain('after.sock');
  for (const line of text(log).trim().split('\n'))
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [a-z]+ \S/);

  // What it may not open: the lines go where they went, which is said.
  renameSync(log, `${log}.2`);
  writeFileSync(join(folder, 'other'), '');
  renameSync(join(folder, 'other'), log);
  if (ANOTHER_USER !== undefined) {
    chownSync(log, 0, 0);
    await reopened(`SIGHUP: ${log}: Permission denied; lines go where they went`, `${log}.2`);
    expect(text(log)).toBe('');
  }
});

it('is JSON where that is asked for, with the port of a line', async () => {
  const log = join(folder, 'switch.log');
  const { client } = await start('--log-file', log, '--log-format', 'json');
  await client
    .addPort({ name: 'web', path: join(folder, 'no', 'web.sock') })
    .catch(() => undefined);
  await client.addPort({ name: 'db', path: join(folder, 'db.sock') });
  await client.setPort({ name: 'db', link: 'disable' });
  const lines = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
  for (const line of lines) {
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(line.level).toMatch(/^(error|warning|notice|info)$/);
  }
  const messages = lines.map(({ message }) => message);
  expect(messages).toContain('ready, 1 lcores, 0 ports');
  expect(lines.find(({ port }) => port === 'db')).toMatchObject({
    ...{ level: 'info', message: 'port db: link is down, as it is set (link)' },
  });
});

it('has the level that is set while it runs', async () => {
  const log = join(folder, 'switch.log');
  const { client } = await start('--log-file', log);
  const text = () => readFileSync(log, 'utf8');
  await client.set({ log_level: 4 });
  await client.addPort({ name: 'quiet', path: join(folder, 'quiet.sock') });
  expect(text()).not.toContain('quiet.sock');
  await client.set({ log_level: 0 });
  await client.addPort({ name: 'usual', path: join(folder, 'usual.sock') });
  expect(text()).toContain('usual.sock');
});

it('is in the journal with its fields where that reads standard error', async () => {
  const eal = ['-l', '0', '--no-huge', '--no-pci', '--no-shconf', '-m', '64', '--'];
  const own = ['--control-socket', join(folder, 's'), '--socket-file', join(folder, 'web.sock')];
  const script = join(packageRoot(), 'test/switching/journal.sh');
  const until = 'port web.sock: link is down';
  const words = ['--mount', '--propagation', 'private', 'bash', script, until];
  const journal = execa('unshare', [...words, builtProgram('vhost-switch'), ...eal, ...own]);
  const answers = () => SwitchClient.connect(join(folder, 's'), { deadlineMs: patience(30_000) });
  let client: SwitchClient | undefined;
  await expect
    .poll(async () => (client = await answers()), { timeout: patience(30_000) })
    .toBeDefined();
  await client?.setPort({ name: 'web.sock', link: 'disable' });
  client?.close();
  const { stdout } = await journal;
  const entries = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, string>);
  const entry = (message: string) => entries.find(({ MESSAGE }) => MESSAGE === message);
  const usual = { PRIORITY: '6', _COMM: 'vhost-switch', _TRANSPORT: 'journal' };
  expect(entry('ready, 1 lcores, 1 ports')).toMatchObject(usual);
  expect(entry('ready, 1 lcores, 1 ports')).not.toHaveProperty('VMLANE_PORT');
  const down = entry(`${until}, as it is set (link)`);
  expect(down).toMatchObject({ ...usual, VMLANE_PORT: 'web.sock' });
});
