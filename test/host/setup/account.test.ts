/** The switch's account on a real host: made, used, and removed, in mounts of their own. */

import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/switch/paths.js';

const MAIN = join(packageRoot(), 'dist/bin/main.js');
const ROOT = process.getuid?.() === 0;

/** Runs a script where /etc is a copy, and /run and /var/lib are empty. */
async function apart(script: string) {
  const world = `set -e
    mount -t tmpfs none /mnt; cp -a /etc /mnt/etc; mount --bind /mnt/etc /etc
    mount -t tmpfs none /run; mount -t tmpfs none /var/lib; mkdir -p /run/lock
    grep -q ^kvm: /etc/group || echo kvm:x:64054: >>/etc/group
    mkdir -p /etc/libvirt; echo 'group = "kvm"' >/etc/libvirt/qemu.conf
    sed -i /^vmlane:/d /etc/passwd /etc/group /etc/shadow /etc/gshadow
    vmlane() { '${process.execPath}' '${MAIN}' "$@"; }
    set +e
    ${script}`;
  const words = ['--mount', '--propagation', 'private', 'bash', '-c', world];
  const { stdout } = await execa('unshare', words, { all: true, env: { VMLANE_DEBUG: '' } });
  return stdout.split('\n');
}

const SHOW = `getent passwd vmlane | cut -d: -f1,6,7; id -nG vmlane 2>/dev/null; stat -c %U:%G:%a /run/vmlane/guests`;

test.runIf(ROOT)('with systemd: made, again nothing, undone', async () => {
  const lines = await apart(`mkdir -p /run/systemd/system
    vmlane host setup --sockets >/dev/null 2>&1; echo "status $?"
    ${SHOW}
    vmlane host setup --sockets 2>&1
    groupadd qemus; echo 'group = "qemus"' >/etc/libvirt/qemu.conf
    vmlane host setup --sockets >/dev/null 2>&1; stat -c %U:%G:%a /run/vmlane/guests
    vmlane host setup --undo 2>&1
    getent passwd vmlane || echo gone
    getent group vmlane || echo gone`);
  expect(lines).toEqual([
    'status 0',
    expect.stringMatching(/^vmlane:\/:\/.*nologin$/),
    'vmlane kvm',
    'vmlane:kvm:2750',
    'vmlane: nothing to change',
    'vmlane:qemus:2750',
    '/run/vmlane/guests: owner and mode as they were',
    '/etc/tmpfiles.d/vmlane.conf: as it was',
    '/run/vmlane/guests: removed',
    '/run/vmlane: removed',
    '/etc/tmpfiles.d/vmlane.conf: removed',
    'userdel vmlane',
    '/etc/sysusers.d/vmlane.conf: removed',
    'gone',
    'gone',
  ]);
});

test.runIf(ROOT)('without systemd: useradd; an account that was there stays', async () => {
  const lines = await apart(`vmlane host setup --sockets >/dev/null 2>&1; echo "status $?"
    ${SHOW}
    vmlane host setup --undo >/dev/null 2>&1
    getent passwd vmlane || echo gone
    useradd --system vmlane
    vmlane host setup --sockets >/dev/null 2>&1
    stat -c %U:%G:%a /run/vmlane/guests
    vmlane host setup --undo >/dev/null 2>&1
    getent passwd vmlane | cut -d: -f1`);
  expect(lines).toEqual([
    'status 0',
    'vmlane:/:/sbin/nologin',
    'vmlane',
    'vmlane:kvm:2750',
    'gone',
    'vmlane:kvm:2750',
    'vmlane',
  ]);
});

test.runIf(ROOT)('a later step that fails takes the account back', async () => {
  const lines = await apart(`mkdir -p /run/systemd/system /run/vmlane
    touch /run/vmlane/guests
    vmlane host setup --sockets >/dev/null 2>/run/said; echo "status $?"
    grep -o 'everything is as it was' /run/said
    getent passwd vmlane || echo gone`);
  expect(lines).toEqual(['status 1', 'everything is as it was', 'gone']);
});

const SWITCH = join(packageRoot(), 'build/native/vhost-switch');

test.runIf(ROOT)(
  "a switch of root's and its ports become the account's; back to root without them",
  async () => {
    const owners = `stat -c %n:%U:%G:%a /run/vmlane/switch /run/vmlane/switch/ports.json \
    /run/vmlane/guests /run/vmlane/guests/web /run/vmlane/guests/web/n0.sock
    vmlane switch ports --json | grep -o '"listener": *"switch"'
    vmlane host check --only switch | grep -c 'runs as root'`;
    const lines = await apart(`export VMLANE_SWITCH_BINARY='${SWITCH}'
    vmlane switch start --no-huge 2>&1 >/dev/null | grep -o 'stays root.*'
    vmlane switch add web.n0 --path /run/vmlane/guests/web/n0.sock >/dev/null 2>&1
    ${owners}
    vmlane switch stop >/dev/null 2>&1
    vmlane host setup --sockets >/dev/null 2>&1
    vmlane switch start --no-huge 2>&1 >/dev/null | grep 'stays root'
    ${owners}
    vmlane switch stop >/dev/null 2>&1
    vmlane switch start --no-huge --user root 2>&1 >/dev/null | grep -o 'move it away.*'
    mv /run/vmlane/switch /run/vmlane/former
    vmlane switch start --no-huge --user root >/dev/null 2>&1
    stat -c %U:%G:%a /run/vmlane/switch /run/vmlane/guests
    vmlane switch stop >/dev/null 2>&1; true`);
    expect(lines).toEqual([
      "stays root, as there is no account vmlane; make it: 'vmlane host setup --sockets'",
      '/run/vmlane/switch:root:root:700',
      '/run/vmlane/switch/ports.json:root:root:600',
      '/run/vmlane/guests:root:root:2750',
      '/run/vmlane/guests/web:root:root:2750',
      '/run/vmlane/guests/web/n0.sock:root:root:660',
      '"listener": "switch"',
      '1',
      '/run/vmlane/switch:vmlane:vmlane:700',
      '/run/vmlane/switch/ports.json:vmlane:vmlane:600',
      '/run/vmlane/guests:vmlane:kvm:2750',
      '/run/vmlane/guests/web:vmlane:kvm:2750',
      '/run/vmlane/guests/web/n0.sock:vmlane:kvm:660',
      '"listener": "switch"',
      '0',
      // Root believes nothing that another user could have written.
      'move it away, or choose another control socket',
      'root:root:700',
      'root:kvm:2750',
    ]);
  },
);
