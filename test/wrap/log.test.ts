import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendLog, LOG_MAX } from '../../src/wrap/log.js';
import { type FakeSwitch, fakeSwitch } from './fake-switch.js';
import { emulated, FAKE_EMULATOR, NIC, WRAPPER, wrap } from './wrapper.js';

let dir: string;
let path: string;
let fake: FakeSwitch | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-wrap-'));
  path = join(dir, 'wrap.log');
});
afterEach(async () => {
  await fake?.close();
  fake = undefined;
  rmSync(dir, { recursive: true });
});

const ENTRY = { pid: 1, wrapper: '/w', before: ['-name', 'a\nb'] };
const mode = (file: string) => statSync(file).mode & 0o777;
const entries = () =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the file', () => {
  test('is its owner’s alone, also where it was there before', () => {
    appendLog(path, ENTRY, new Date(0));
    expect(mode(path)).toBe(0o600);
    chmodSync(path, 0o644);
    appendLog(path, { ...ENTRY, after: ['/q'] }, new Date(1));
    expect(mode(path)).toBe(0o600);
    expect(entries()).toEqual([
      { time: '1970-01-01T00:00:00.000Z', ...ENTRY },
      { time: '1970-01-01T00:00:00.001Z', ...ENTRY, after: ['/q'] },
    ]);
  });

  test('stays below its bound, with one older file', () => {
    const before = ['x'.repeat(LOG_MAX / 4)];
    for (let n = 0; n < 20; n++) appendLog(path, { ...ENTRY, before });
    expect(statSync(path).size).toBeLessThanOrEqual(LOG_MAX);
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(LOG_MAX);
    expect(mode(`${path}.1`)).toBe(0o600);
    expect(existsSync(`${path}.2`)).toBe(false);
    appendLog(path, { ...ENTRY, before: ['x'.repeat(LOG_MAX)] });
    expect(entries().at(-1)).toMatchObject({ omitted: '1 arguments are too long for this log' });
  });

  test.each([
    ['ENOENT', () => rmSync(dir, { recursive: true }), () => mkdirSync(dir)],
    ['ELOOP', () => symlinkSync('/dev/null', path), () => undefined],
    ['EISDIR', () => mkdirSync(path), () => undefined],
    ['ENXIO', () => execa('mkfifo', [path]), () => undefined],
  ])('that cannot be: %s', async (code, prepare, after) => {
    await prepare();
    expect(() => appendLog(path, ENTRY)).toThrow(
      `${path}: the log cannot be written (${code}); let uid ${process.getuid?.()} write a file there, or unset log`,
    );
    after();
  });
});

describe('a start', () => {
  const env = () => ({ VMLANE_LOG: path });

  test('is there with all its arguments, before and after', async () => {
    fake = await fakeSwitch(join(dir, 'switch.sock'));
    const argv = ['-name', 'a', '-append', '', ...NIC];
    const { pid, status } = await wrap(dir, argv, { env: env() });
    expect(status).toBe(0);
    const after = [FAKE_EMULATOR, ...emulated(dir).argv];
    expect(entries()).toMatchObject([{ pid, wrapper: WRAPPER, before: argv, after }]);
  });

  test('has no VF token, neither before nor after', async () => {
    fake = await fakeSwitch(join(dir, 'switch.sock'));
    const token = '14d63f20-8445-11ea-8900-1f9ce7d5650d';
    const json = `{"driver": "vfio-pci", "host": "0000:01:10.0", "vf-token": "${token}"}`;
    const plain = `vfio-pci,host=0000:01:10.1,vf-token=${token}`;
    const argv = ['-device', json, '-device', plain, ...NIC];
    expect((await wrap(dir, argv, { env: env() })).status).toBe(0);
    expect(readFileSync(path, 'utf8')).not.toContain(token);
    const [entry] = entries();
    expect(entry.before).toContain(plain.replace(token, 'UUID'));
    expect(entry.after).toContain(json.replace(token, 'UUID'));
  });

  test('that was refused is there with the reason', async () => {
    const { status, stderr } = await wrap(dir, NIC, { env: env() });
    expect(status).toBe(1);
    const [entry] = entries();
    expect(entry).toMatchObject({ before: NIC, refused: expect.stringContaining('no switch') });
    expect(entry).not.toHaveProperty('after');
    expect(stderr).toBe(`qemu-wrap: ${entry.refused}\n`);
  });

  test('goes on where the log cannot be written, and says so', async () => {
    writeFileSync(join(dir, 'file'), '');
    const argv = ['-netdev', 'user,id=n0'];
    const log = join(dir, 'file/wrap.log');
    const { status, stderr } = await wrap(dir, argv, { env: { VMLANE_LOG: log } });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^qemu-wrap: \S+: the log cannot be written \(ENOTDIR\); [^\n]+\n$/);
    expect(emulated(dir).argv).toEqual(argv);
  });
});
