/** Metrics as a service: planned, written and taken back; and what cannot be. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { metricsUnit } from '../../../src/host/setup/metrics-unit.js';
import { packageRoot } from '../../../src/switch/paths.js';
import { vmlane } from '../../cli/test-io.js';
import { inFolder } from '../../switch/folder.js';
import { treeOf, withRoot } from './root.js';

const UNIT = 'etc/systemd/system/vmlane-metrics.service';
const SETTINGS = 'etc/vmlane/switch.yaml';

function setup(root: string, ...words: string[]) {
  return vmlane(['host', 'setup', '--unchecked', '--root', root, ...words]);
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

test('shown, written, nothing the second time, taken back', () =>
  withRoot('debian12', async (root) => {
    const before = treeOf(root);
    const shown = await setup(root, '--metrics', '--dry-run');
    expect(shown.status).toBe(0);
    expect(shown.out).toContain('+User=vmlane-metrics');
    expect(shown.out).toContain('+look-group: [vmlane-metrics]');
    expect(treeOf(root)).toEqual(before);
    const done = await setup(root, '--metrics');
    expect([done.status, done.err]).toEqual([
      0,
      expect.stringContaining('the switch lets metrics look from its next start on'),
    ]);
    expect(read(root, UNIT)).toMatch(
      /^ExecStart=\S+ \S+main\.js metrics export --listen 127\.0\.0\.1:19797 --control-socket \/run\/vmlane\/switch\.sock$/m,
    );
    expect(read(root, UNIT)).toMatch(/^IPAddressDeny=any$/m);
    expect(read(root, SETTINGS)).toMatch(/^look-group: \[vmlane-metrics\]$/m);
    expect(read(root, 'etc/sysusers.d/vmlane-metrics.conf')).toContain('u vmlane-metrics - ');
    expect((await setup(root, '--metrics')).err).toContain('nothing to change');
    expect((await vmlane(['host', 'setup', '--undo', '--root', root])).status).toBe(0);
    expect(treeOf(root).filter((line) => !line.startsWith('var/lib'))).toEqual(
      before.filter((line) => !line.startsWith('var/lib')),
    );
  }));

test('groups that may look already still may, and comments stay', () =>
  withRoot(
    'debian12',
    async (root) => {
      await setup(root, '--metrics');
      expect(read(root, SETTINGS)).toBe('# ours\nlook-group: [wheel, vmlane-metrics] # who\n');
    },
    { [SETTINGS]: '# ours\nlook-group: [wheel] # who\n' },
  ));

test('to others, with a token, which only root need be able to read', () =>
  withRoot('debian12', async (root) => {
    const token = ['--metrics-token-file', '/etc/vmlane/token'];
    await setup(root, '--metrics', '--metrics-listen', '[::]:9000', ...token);
    const unit = read(root, UNIT);
    expect(unit).toMatch(/^LoadCredential=token:\/etc\/vmlane\/token$/m);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: systemd's
    expect(unit).toContain('--token-file ${CREDENTIALS_DIRECTORY}/token');
    expect(unit).not.toContain('IPAddressDeny');
  }));

test('a switch that is set up, too, is let to be looked at', () =>
  withRoot('debian12', async (root) => {
    const start = ['--switch', '--metrics', '--'];
    const own = await setup(root, ...start, '--look-group', 'wheel');
    expect([own.status, own.err]).toEqual([
      2,
      expect.stringContaining('--metrics: this switch would not let it look; add --look-group'),
    ]);
    const both = ['--look-group', 'wheel', '--look-group', 'vmlane-metrics'];
    expect((await setup(root, ...start, ...both)).status).toBe(0);
    expect(existsSync(join(root, SETTINGS))).toBe(false);
    expect((await setup(root, ...start, '--control-socket', '/run/x.sock')).status).toBe(2);
  }));

describe('what cannot be', () => {
  test.each([
    ['--metrics-listen 127.0.0.1:1 --vfio', '--metrics-listen: is about metrics; add --metrics'],
    ['--metrics-token-file /t --vfio', '--metrics-token-file: is about metrics; add --metrics'],
    ['--metrics --metrics-listen 0.0.0.0:1', 'guests do; add --metrics-token-file FILE, or listen'],
    ['--metrics --metrics-listen x', '--metrics-listen x: is not an address and a port'],
    ['--metrics --metrics-listen unix:/run/x', 'the service has no folder for a socket'],
    ['--metrics --metrics-token-file t', '--metrics-token-file t: is no absolute path of letters'],
    ['--metrics --metrics-token-file /a:b', '--metrics-token-file /a:b: is no absolute path of'],
  ])('%s', (words, problem) =>
    withRoot('debian12', async (root) => {
      const before = treeOf(root);
      const { status, err } = await setup(root, ...words.split(' '));
      expect([status, err]).toEqual([2, expect.stringContaining(problem)]);
      expect(treeOf(root)).toEqual(before);
    }),
  );

  test('without systemd; with settings that have mistakes', async () => {
    await withRoot(
      'debian12',
      async (root) => expect((await setup(root, '--metrics')).err).toContain(`${SETTINGS}`),
      { [SETTINGS]: 'look-gruop: [wheel]\n' },
    );
    await inFolder(async (root) => {
      mkdirSync(join(root, 'etc'));
      expect(await setup(root, '--metrics')).toMatchObject({
        status: 2,
        err: expect.stringContaining('systemd does not run this host'),
      });
    });
  });
});

const analyze = existsSync('/usr/bin/systemd-analyze');
if (!analyze) console.warn('skipped: systemd-analyze is not installed');

test.skipIf(!analyze)('systemd takes the unit as it is', () =>
  inFolder(async (folder) => {
    const unit = join(folder, 'vmlane-metrics.service');
    const start = [process.execPath, 'a b', '$HOME', '%n', '"'];
    const settings = { path: '/x' };
    for (const more of [{ isLoopback: true }, { isLoopback: false, token: '/etc/token' }]) {
      writeFileSync(unit, metricsUnit({ start, settings, ...more }));
      const ran = execaSync('systemd-analyze', ['verify', '--man=no', unit], { all: true });
      expect(ran.all).toBe('');
    }
  }),
);

const MAIN = join(packageRoot(), 'dist/bin/main.js');

/** /etc is a copy there, /run and /var/lib are empty, and systemctl only says what it is asked. */
const WORLD = `set -e
  mount -t tmpfs none /mnt; cp -a /etc /mnt/etc; mount --bind /mnt/etc /etc
  mount -t tmpfs none /run; mount -t tmpfs none /var/lib; mkdir -p /run/systemd/system /run/bin
  rm -rf /etc/vmlane /etc/systemd/system/vmlane-*
  printf '#!/bin/sh\\necho "systemctl $*" >>/run/asked\\n' >/run/bin/systemctl; chmod +x /run/bin/systemctl
  export PATH=/run/bin:$PATH
  vmlane() { '${process.execPath}' '${MAIN}' "$@"; }
  set +e
`;

test.runIf(process.getuid?.() === 0)(
  'the account is made, and stays while settings name it',
  async () => {
    const script = `${WORLD}
    vmlane host setup --metrics --unchecked >/dev/null 2>&1; echo "status $?"
    getent passwd vmlane-metrics | cut -d: -f1,6; id -nG vmlane-metrics; cat /run/asked; rm /run/asked
    sed -i 's/\\[vmlane-metrics\\]/[root, vmlane-metrics]/' /etc/vmlane/switch.yaml
    vmlane host setup --undo 2>&1; echo "status $?"
    sed -i /look-group/d /etc/vmlane/switch.yaml
    vmlane host setup --undo >/dev/null 2>&1
    getent passwd vmlane-metrics || echo gone; cat /run/asked`;
    const words = ['--mount', '--propagation', 'private', 'bash', '-c', script];
    const { stdout } = await execa('unshare', words, { env: { VMLANE_DEBUG: '' } });
    expect(stdout.split('\n')).toEqual([
      'status 0',
      'vmlane-metrics:/',
      'vmlane-metrics',
      'systemctl daemon-reload',
      'systemctl restart vmlane-metrics.service',
      expect.stringMatching(/^systemctl stop/),
      '/etc/systemd/system/multi-user.target.wants/vmlane-metrics.service: removed',
      '/etc/systemd/system/vmlane-metrics.service: removed',
      'systemctl daemon-reload',
      '/etc/sysusers.d/vmlane-metrics.conf: removed',
      'vmlane: account vmlane-metrics: /etc/vmlane/switch.yaml names it; left',
      'vmlane: /etc/vmlane/switch.yaml: changed since; left',
      'status 1',
      'gone',
      'systemctl stop vmlane-metrics.service',
      'systemctl daemon-reload',
    ]);
  },
);
