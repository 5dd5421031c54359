import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHECKS } from '../../src/host/check/index.js';
import { factsOf } from '../host/check/host.js';
import { withRealSwitch } from '../switch/real-switch.js';
import { vmlane } from './test-io.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vl-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const hostCheck = (...words: string[]) => vmlane(['host', 'check', '--root', root, ...words]);

describe('host check', () => {
  it('judges this host: a line for each finding, and by its failures', async () => {
    const { status, out, err } = await vmlane(['host', 'check']);
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(15);
    for (const line of lines) {
      expect(line).toMatch(/^(ok: [\w-]+: .+ \(.+\)|(warning|failure): [\w-]+: .+ \(.+\); .+)$/);
    }
    const failures = lines.filter((line) => line.startsWith('failure: '));
    expect(status).toBe(failures.length > 0 ? 1 : 0);
    expect(err).toMatch(
      new RegExp(`^vmlane: \\d+ ok, \\d+ to look at, ${failures.length} that must be put right\n$`),
    );
    for (const name of ['cpu', 'kvm', 'iommu', 'pages', 'qemu', 'sockets', 'switch', 'logs']) {
      expect(lines.some((line) => line.split(': ')[1] === name)).toBe(true);
    }
  });

  it('judges another tree, without asking anything that runs', async () => {
    await factsOf('server', root);
    const { status, out } = await hostCheck();
    expect(out).toContain('ok: iommu: IOMMU on, 2 groups (/sys/kernel/iommu_groups)\n');
    expect(out).toContain('failure: qemu: no QEMU');
    expect(out).not.toContain(': switch: ');
    expect(status).toBe(1);
  });

  it('status 0 when nothing must be put right; --only', async () => {
    await factsOf('server', root);
    expect(await hostCheck('--only', 'iommu, cpu')).toEqual({
      status: 0,
      out: 'ok: cpu: virtualisation: VT-x (/proc/cpuinfo: vmx)\nok: iommu: IOMMU on, 2 groups (/sys/kernel/iommu_groups)\n',
      err: `vmlane: ${root} is another tree: no program and no switch is asked\nvmlane: 2 ok, 0 to look at, 0 that must be put right\n`,
    });
    for (const { name } of CHECKS) {
      const found = JSON.parse((await hostCheck('--only', name, '--json')).out).findings;
      expect(found.every((one: { check: string }) => one.check === name)).toBe(true);
    }
  });

  it('--json, --for', async () => {
    const { status, out } = await hostCheck('--for', 'sriov', '--only', 'iommu', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ...{ for: 'sriov', ok: 0, warning: 0, failure: 1 },
      findings: [{ check: 'iommu', level: 'failure', remedy: expect.stringContaining('iommu=pt') }],
    });
    const other = JSON.parse((await hostCheck('--only', 'iommu', '--json')).out);
    expect(other).toMatchObject({ for: 'vhost-user', failure: 0, warning: 1 });
  });

  it('colours the level for a person', async () => {
    const words = ['host', 'check', '--root', root, '--only', 'cpu,kvm,qemu'];
    const { out } = await vmlane(words, { color: true });
    expect(out).toContain('\u001b[32mok\u001b[0m: cpu: ');
    expect(out).toContain('\u001b[33mwarning\u001b[0m: kvm: ');
    expect(out).toContain('\u001b[31mfailure\u001b[0m: qemu: ');
  });

  it('--socket-dir: a folder that QEMU cannot reach', async () => {
    await factsOf('server', root);
    const { out } = await hostCheck(
      '--only',
      'sockets',
      '--socket-dir',
      '/run/libvirt/libvirt-sock',
    );
    expect(out).toContain('failure: sockets: /run/libvirt/libvirt-sock is no folder');
    const missing = await hostCheck('--only', 'sockets', '--socket-dir', '/run/other folder');
    expect(missing.out).toContain(
      "make it: install -d -m 2750 -g libvirt-qemu '/run/other folder'\n",
    );
  });

  it('asks a switch that runs', () =>
    withRealSwitch(async ({ socket }) => {
      const { out } = await vmlane([
        'host',
        'check',
        '--only',
        'switch',
        '--control-socket',
        socket,
      ]);
      expect(out).toMatch(/^ok: switch: switch \d\S+ runs, with 0 ports \(.+: process \d+, DPDK /);
      const env = { VMLANE_SWITCH: socket };
      expect((await vmlane(['host', 'check', '--only', 'switch'], { env })).out).toBe(out);
    }));

  it('names from the host cannot forge a line', async () => {
    await factsOf('server', root);
    writeFileSync(join(root, 'proc/cmdline'), 'iommu=\u001b[2Jx\u2028failure:\n');
    const { out } = await hostCheck('--only', 'cmdline');
    expect(out).toContain('iommu=\\u{1b}[2Jx');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u2028]/);
  });
});

describe('host explain', () => {
  it('tells cause, remedy and source', async () => {
    const { status, out, err } = await vmlane(['host', 'explain', 'group 12 is not viable']);
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^group-not-viable: "group 12 is not viable"\n {2}cause {3}.+\n {2}remedy {2}.+\n {2}source {2}.+\n$/,
    );
  });

  it('takes words, words after --, and standard input; several are all told', async () => {
    const expected = (await vmlane(['host', 'explain', 'Spoofed packets detected'])).out;
    const words = ['host', 'explain', 'Spoofed', 'packets', 'detected'];
    expect((await vmlane(words)).out).toBe(expected);
    expect((await vmlane(['host', 'explain', '--', 'Spoofed packets detected'])).out).toBe(
      expected,
    );
    const input = 'Spoofed packets detected\nvhost_set_mem_table failed\n';
    const { out } = await vmlane(['host', 'explain', '-', '--json'], { input });
    expect(JSON.parse(out).matches.map((one: { name: string }) => one.name)).toEqual([
      'private-memory',
      'spoofed',
    ]);
  });

  it('says so when nothing is known, and where to look', async () => {
    const { status, out, err } = await vmlane(['host', 'explain', 'all is well']);
    expect([status, out]).toEqual([1, '']);
    expect(err).toMatch(
      /^vmlane: error text: nothing known in it; look at .*vmlane host check'\n$/,
    );
    const json = await vmlane(['host', 'explain', 'all is well', '--json']);
    expect([json.status, JSON.parse(json.out)]).toEqual([1, { matches: [] }]);
  });

  it('a match cannot forge a line', async () => {
    const text = "Failed to parse user '\u001b]0;x\u0007'";
    expect((await vmlane(['host', 'explain', text])).out.split('\n')).toHaveLength(5);
  });
});

const file = join(tmpdir(), `vl-file-${process.pid}`);

// Words; the beginning of the message.
const BAD: [words: string[], message: string | RegExp, input?: string | Buffer][] = [
  [['host'], 'vmlane host: a command is missing (check, explain'],
  [['host', 'chek'], 'vmlane host: unknown command "chek"; did you mean \'vmlane host check\'?'],
  [['host', 'check', 'all'], 'vmlane host check: unexpected "all"; '],
  [['host', 'check', '--', 'all'], 'vmlane host check: takes nothing after --; '],
  [
    ['host', 'check', '--fro', 'sriov'],
    'vmlane host check: unknown option --fro; did you mean --for?',
  ],
  [
    ['host', 'check', '--for', 'vdpa'],
    'vmlane host check: --for: "vdpa" is not one of vhost-user, sriov, migration; ',
  ],
  [['host', 'check', '--for'], 'vmlane host check: '],
  [
    ['host', 'check', '--for', 'sriov', '--for', 'sriov'],
    'vmlane host check: --for: given more than once; ',
  ],
  [['host', 'check', '--only', ''], 'vmlane host check: --only: its value is empty; '],
  [['host', 'check', '--only', 'page'], '--only: no check is called "page"; did you mean pages?'],
  [['host', 'check', '--only', 'cpu,'], '--only: no check is called ""; choose one of cpu, kvm, '],
  [['host', 'check', '--only', 'x\ny'], '--only: no check is called "x\\ny"; '],
  [['host', 'check', '--only', 'CPU'], '--only: no check is called "CPU"; did you mean cpu?'],
  [
    ['host', 'check', '--only', 'cpu', '--only', 'kvm'],
    'vmlane host check: --only: given more than once; ',
  ],
  [
    ['host', 'check', '--root', '/no/such/folder'],
    '/no/such/folder: no such file or folder; check the name',
  ],
  [['host', 'check', '--root', file], `${file}: is no folder; name a folder`],
  [['host', 'check', '--root', `${file}/x`], `${file}/x: a part of the path is not a folder; `],
  [['host', 'check', '--root', 'x'.repeat(300)], /: the name is too long; check the name$/],
  [
    ['host', 'check', '--root', '/', '--root', '/'],
    'vmlane host check: --root: given more than once; ',
  ],
  [['host', 'check', '--socket-dir', '/'], '--socket-dir: names the root folder; '],
  [['host', 'check', '--socket-dir', '/run/\u0007'], '--socket-dir: holds a control character; '],
  [['host', 'check', '--socket-dir', `/${'x'.repeat(4096)}`], '--socket-dir: is 4097 bytes long; '],
  [['host', 'check', '--control-socket', `/run/${'x'.repeat(110)}`], /: longer than 107 bytes; /],
  [['host', 'explain'], 'error text: is empty; give the error message, in quotes'],
  [['host', 'explain', '  \t'], 'error text: is empty; '],
  [['host', 'explain', '-'], 'standard input: is empty; ', ''],
  [['host', 'explain', '-'], 'standard input: longer than 64 KiB; give its end', 'x'.repeat(65537)],
  [['host', 'explain', 'x'.repeat(65537)], 'error text: longer than 64 KiB; '],
  [['host', 'explain', '-'], 'standard input: not UTF-8 text; ', Buffer.from([0xff, 0xfe])],
  [['host', 'explain', '-device x: failed'], 'vmlane host explain: unknown option'],
];

describe('bad input', () => {
  beforeEach(() => writeFileSync(file, ''));
  afterEach(() => rmSync(file));

  it.each(BAD)('%j: %s', async (words, message, input = '') => {
    const bytes = Buffer.from(input as string);
    const stdin = async (limit: number) => bytes.subarray(0, limit + 1);
    const { status, out, err } = await vmlane(words, { stdin });
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^vmlane[^\n]*: [^\n]+; [^\n]+\n$/);
    const said = err.replace(/^vmlane: /, '').trimEnd();
    if (typeof message === 'string') expect(said.slice(0, message.length)).toBe(message);
    else expect(said).toMatch(message);
  });
});
