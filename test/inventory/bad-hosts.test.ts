/** `--host` with what is no host, and with hosts that do not answer as a vmlane would. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.js';
import { vmlane } from '../cli/test-io.js';
import { fakeSsh, withPath } from './fake-ssh.js';

const PORT = { name: 'a', path: '/run/a.sock', id: 0, state: 'up', listener: 'qemu', vlan: 7 };
const PORTS = { ports: [{ ...PORT, queues: 1, features: '0x0', lcore: 0, tag: null }] };

const says = (text: string) => `cat <<'END'\n${text}\nEND\n`;

const HOSTS = {
  good: says(JSON.stringify(PORTS)),
  other: says(JSON.stringify(PORTS)),
  closed: 'echo "ssh: connect to host closed port 22: Connection refused" >&2; exit 255',
  denied: 'echo "denied: Permission denied (publickey)." >&2; exit 255',
  silent: 'exit 255',
  bare: 'echo "sh: 1: vmlane: not found" >&2; exit 127',
  old: 'echo "vmlane switch ports: unknown option --json" >&2; exit 2',
  older: says(JSON.stringify({ ports: [{ ...PORT, queues: undefined }] })),
  keyless: says('{"interfaces": []}'),
  null: says('null'),
  garbage: 'head -c 4096 /dev/urandom; exit 0',
  half: `printf '%s' '{"ports": [{"na'`,
  nothing: 'exit 0',
  huge: 'head -c 6000000 /dev/zero | tr "\\0" x',
  late: 'exec sleep 30',
  dead: 'kill -9 $$',
  off: `echo '{"error":{"thing":"/run/s.sock","problem":"no switch is running","remedy":"start one","exit_code":1}}' >&2; exit 1`,
  evil: says(
    JSON.stringify({ ports: [{ ...PORTS.ports[0], name: '\u001b[2J\u009b1m', queues: 2 }] }),
  ),
  loud: `printf '{"error":{"thing":"x","problem":"\\\\u001b[2J%s","remedy":"y"}}' "$(head -c 9000 /dev/zero | tr '\\0' z)" >&2; exit 1`,
};

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmlane-hosts-'));
  path = await fakeSsh(folder, HOSTS);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (words: string[], given: Partial<Io> = {}) =>
  withPath(path, () => vmlane(words, { env: { VMLANE_HOST_TIMEOUT: '20' }, ...given }));

describe('no hosts', () => {
  test.each([
    ['', /^vmlane.*--host: its value is empty; give it once, with a value\n$/],
    [',', /^vmlane: --host: a host has no name; write hosts with commas between/],
    ['good,', /--host: a host has no name; /],
    ['-oProxyCommand=x', /--host: "-oProxyCommand=x" is no host that ssh takes; write HOST/],
    ['good,-v', /--host: "-v" is no host that ssh takes; /],
    ['-', /--host: "-" is no host that ssh takes; /],
    ['.', /--host: "\." is no host; write hosts with commas between/],
    ['::', /--host: "::" is no host/],
    ['good, other', /--host: " other" is no host that ssh takes; /],
    ['good other', /--host: "good other" is no host that ssh takes; /],
    ['good;id', /--host: "good;id" is no host that ssh takes; /],
    ['a\u001b[2J', /--host: "a\\u001b\[2J" is no host that ssh takes; /],
    ['good,other,good', /--host: good is there twice; name each host once/],
    ['good,GOOD', /--host: GOOD is there twice; /],
    ['good:0', /--host: "good:0" is no host that ssh takes; /],
    [
      Array.from({ length: 257 }, (_, i) => `h${i}`).join(','),
      /--host: 257 hosts are more than 256; ask them in parts/,
    ],
  ])('%j', async (host, expected) => {
    for (const command of [
      ['switch', 'ports'],
      ['switch', 'top', '--count', '1'],
      ['doctor', 'web1'],
    ]) {
      const { status, out, err } = await run([...command, `--host=${host}`]);
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(err).toMatch(expected);
    }
  });

  test.each([
    [
      ['--host', 'good', 'domain', 'list'],
      'vmlane domain list: does not ask other hosts, so --host is not for it; run it on each',
    ],
    [['--host=good', 'metrics'], 'vmlane metrics export: does not ask other hosts, '],
    // It has a --host that means something else, and would add the port here.
    [
      ['--host=good', 'switch', 'add', 'a', '--path', '/x'],
      'vmlane switch add: does not ask other',
    ],
    [['--host', 'good', 'switch', 'prots'], 'vmlane switch: unknown command "prots"; did you mean'],
    [['switch', 'fdb', '--host', 'good'], 'vmlane switch fdb: unknown option --host; '],
    [['--host', 'good'], 'vmlane: unknown option --host; '],
    [['--host', 'good', '--json'], '"problem":"unknown option --host"'],
    [['--host'], 'vmlane: unknown option --host; '],
    [['switch', 'ports', '--host'], 'vmlane switch ports: --host needs a value; '],
    [
      ['switch', 'ports', '--host', 'good', '--control-socket', 'x.sock'],
      '--control-socket: "x.sock" means nothing on other hosts; give an absolute path',
    ],
    [
      ['switch', 'ports', '--host', 'good', '--control-socket', '/x\u0007'],
      '--control-socket: "/x\\u0007" cannot be asked for on other hosts; ',
    ],
    [['doctor', 'a\nb', '--host', 'good'], 'NAME: "a\\nb" cannot be asked for on other hosts; '],
  ])('%j', async (words, expected) => {
    const { status, out, err } = await run(words);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(expected);
    expect(err.trimEnd()).not.toContain('\n');
  });

  test.each(['x', '0', '-1', '5000'])('VMLANE_HOST_TIMEOUT=%s', async (seconds) => {
    const env = { VMLANE_HOST_TIMEOUT: seconds };
    const { status, err } = await run(['switch', 'ports', '--host', 'good'], { env });
    expect([status, err]).toEqual([
      2,
      `vmlane: VMLANE_HOST_TIMEOUT: '${seconds}' is not possible; give seconds from 1 to 3600, or leave it out for 30\n`,
    ]);
  });
});

/** By host: what is said of it. */
const FAILURES: readonly [keyof typeof HOSTS | 'nowhere', RegExp][] = [
  [
    'nowhere',
    /nowhere: cannot be reached by ssh: .*Could not resolve hostname nowhere.*; try: ssh/,
  ],
  ['closed', /closed: cannot be reached by ssh: .* Connection refused; try: ssh .* closed true/],
  ['denied', /denied: cannot be reached by ssh: .*Permission denied/],
  ['silent', /silent: cannot be reached by ssh: it says nothing; /],
  ['bare', /bare: it has no vmlane in its PATH; install vmlane there/],
  ['old', /old: its vmlane ended with status 2: .*unknown option --json; see what it says/],
  ['older', /older: its vmlane does not say .*: answer\.ports\[0\]\.queues is not .*; upgrade/],
  ['keyless', /keyless: its vmlane does not say .*: answer\.ports is not a list; upgrade/],
  ['null', /null: its vmlane does not say .*: answer is not an object; upgrade/],
  ['garbage', /garbage: its vmlane does not say what this one understands: /],
  ['half', /half: its vmlane does not say what this one understands: /],
  ['nothing', /nothing: its vmlane does not say what this one understands: /],
  ['huge', /huge: vmlane there says more than 4 MiB; see what vmlane is there/],
  ['dead', /dead: its vmlane ended with status 137: .*; see what it says there/],
  ['off', /off: \/run\/s\.sock: no switch is running; start one/],
  ['loud', /loud: x: \[2Jz{490,499}\.\.\.; y/],
];

describe('a host that fails is said so, and the others are shown', () => {
  test.each(FAILURES)('%s', async (host, expected) => {
    const words = ['switch', 'ports', '--host', `good,${host}`];
    const { status, out, err } = await run(words);
    expect(status).toBe(1);
    expect(err).toMatch(new RegExp(`^vmlane: ${expected.source}`));
    expect(err).toMatch(/^[^\p{Cc}]*\n$/u);
    expect(out).toMatch(/^HOST +ID +NAME .*\ngood +0 +a +up .*\n$/);
    const json = await run([...words, '--json']);
    expect(json.status).toBe(1);
    const { hosts } = JSON.parse(json.out);
    const { thing, problem, remedy } = hosts[1].error;
    expect(hosts).toEqual([
      { host: 'good', ports: [expect.objectContaining({ name: 'a', vlan: 7 })] },
      { host, error: { thing, problem, remedy } },
    ]);
    expect(`${thing}: ${problem}; ${remedy}`).toMatch(expected);
    expect(JSON.parse(json.err)).toEqual({ error: { thing, problem, remedy, exit_code: 1 } });
  });

  test('one that does not answer in time, of which a terminal is told after two seconds', async () => {
    const given = { env: { VMLANE_HOST_TIMEOUT: '3' }, outIsTerminal: true };
    const { status, err } = await run(['switch', 'ports', '--host', 'late,good'], given);
    expect(status).toBe(1);
    expect(err).toBe(
      'vmlane: no answer yet from late\nvmlane: late: vmlane has not answered within 3 s; see what keeps it busy\n',
    );
  });

  test('several, each on a line, in the order given; nothing is shown if all have failed', async () => {
    const { status, out, err } = await run(['switch', 'ports', '--host', 'off,bare,closed']);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err.match(/^vmlane: \w+/gm)).toEqual(['vmlane: off', 'vmlane: bare', 'vmlane: closed']);
  });

  test('an escape sequence in a name does not reach the terminal', async () => {
    const { status, out } = await run(['switch', 'ports', '--host', 'evil,good']);
    expect(status).toBe(0);
    expect(out).toMatch(/^evil +0 +\?\[2J\?1m +up/m);
  });

  test('without ssh on this host it is said once', async () => {
    await withPath(join(folder, 'hosts'), async () => {
      for (const command of [
        ['switch', 'ports'],
        ['switch', 'top'],
        ['doctor', 'a'],
      ])
        expect(await vmlane([...command, '--host', 'good,other,bare'])).toEqual({
          status: 1,
          out: '',
          err: 'vmlane: ssh: not installed; install openssh-client\n',
        });
    });
  });

  test('more hosts than are asked at once', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `user${i}@good`);
    const { status, out } = await run(['switch', 'ports', '--host', names.join(',')]);
    expect(status).toBe(0);
    const rows = out.trimEnd().split('\n').slice(1);
    expect(rows.map((row) => row.split(' ')[0])).toEqual(names);
  });
});

describe('switch top', () => {
  test.each(FAILURES.filter(([host]) => !['half', 'huge', 'loud', 'nothing'].includes(host)))(
    '%s, alone',
    async (host, expected) => {
      const words = ['switch', 'top', '--interval', '0.2', '--host', host];
      const { status, out, err } = await run(words);
      expect({ status, out }).toEqual({ status: 1, out: '' });
      const [thing] = expected.source.split(': ');
      expect(err).toMatch(new RegExp(`^vmlane: ${thing}: `));
    },
  );
});

describe('doctor', () => {
  test.each(['older', 'garbage', 'nowhere', 'off'])('%s', async (host) => {
    const { status, out, err } = await run(['doctor', 'web1', '--host', host]);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(new RegExp(`^vmlane: ${host}: .*; .*\n$`));
  });
});
