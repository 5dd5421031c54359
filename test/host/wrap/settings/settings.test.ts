import { describe, expect, test } from 'vitest';
import {
  effectiveSettings,
  guestOf,
  loadSettings,
} from '../../../../src/host/wrap/settings/index.js';
import { DEFAULT_POLICY } from '../../../../src/qemu/policy.js';
import { settingsFolder } from '../../../wrap/settings/folder.js';

const NOWHERE = { VMLANE_SETTINGS: '/nonexistent' };
const UUID = '6c1b6a1e-6c2c-4cb2-9f0e-2d1b5ce01234';

async function from(files: Record<string, string>, guest = {}, env = {}) {
  return effectiveSettings({ VMLANE_SETTINGS: settingsFolder(files), ...env }, guest);
}

test('without files and variables the defaults hold, and they are those of the rewriting', async () => {
  const settings = await loadSettings(
    { ...NOWHERE, VMLANE_EMULATOR: '', VMLANE_HUGEPAGES: '' },
    {},
  );
  expect(settings).toEqual({
    emulator: '/usr/bin/qemu-system-x86_64',
    switchSocket: '/run/vmlane/switch.sock',
    policy: DEFAULT_POLICY,
  });
});

describe('the emulator', () => {
  test.each([
    ['/opt/vmlane/wrapper/qemu-wrap', 'x86_64'],
    ['/usr/local/bin/qemu-wrap-aarch64', 'aarch64'],
    ['qemu-system-s390x', 's390x'],
    ['/usr/bin/qemu-kvm', 'x86_64'],
  ])('of %s is that for %s', async (program, arch) => {
    const { emulator } = await loadSettings(NOWHERE, {}, program);
    expect(emulator).toBe(`/usr/bin/qemu-system-${arch}`);
    const own = { ...NOWHERE, VMLANE_EMULATOR: '/opt/{arch}/qemu' };
    expect((await loadSettings(own, {}, program)).emulator).toBe(`/opt/${arch}/qemu`);
  });
});

describe('who wins', () => {
  const files = {
    'wrap.yaml': `switch: /from/main\nguests: {web: {switch: /main/name}, ${UUID}: {switch: /main/uuid}}\n`,
    'wrap.d/20-b.yaml': 'switch: /from/20\n',
    'wrap.d/10-a.yaml': 'switch: /from/10\nsocketDir: /dir/10\n',
    'wrap.d/.hidden.yaml': 'nonsense: true\n',
    'wrap.d/README': 'nonsense\n',
    'wrap.d/30-empty.yaml': '# nothing yet\n',
  };

  test.each([
    ['the last file', {}, {}, '/from/20', 'wrap.d/20-b.yaml'],
    ['the guest by name', { name: 'web' }, {}, '/main/name', 'wrap.yaml: guests.web'],
    ['its UUID', { name: 'web', uuid: UUID }, {}, '/main/uuid', `wrap.yaml: guests.${UUID}`],
    ['nobody else’s', { name: 'Web' }, {}, '/from/20', 'wrap.d/20-b.yaml'],
    ['the variable', { name: 'web' }, { VMLANE_SWITCH: '/env' }, '/env', 'VMLANE_SWITCH'],
  ])('%s', async (_, guest, env, value, source) => {
    const found = await from(files, guest, env);
    expect(found.switch.value).toBe(value);
    expect(found.switch.source.endsWith(source)).toBe(true);
    expect(found.socketDir).toMatchObject({ value: '/dir/10' });
    expect(found.nics).toEqual({ value: 'virtio', source: 'default' });
  });

  test('lists replace each other', async () => {
    const found = await from({ 'wrap.yaml': 'options: [a, b]', 'wrap.d/x.yaml': 'options: [c]' });
    expect(found.options.value).toEqual(['c']);
  });
});

test('a guest is known by its arguments', () => {
  expect(guestOf(['-name', 'guest=web,debug-threads=on', '-uuid', UUID.toUpperCase()])).toEqual({
    name: 'web',
    uuid: UUID,
  });
  expect(guestOf(['-m', '1G'])).toEqual({});
  // Proxmox's number: names of its guests are not unique.
  expect(guestOf(['-id', '101', '-name', 'web'])).toEqual({ name: '101' });
});

test('everything that qemu-wrap.py could be told is possible', async () => {
  const text = `
emulator: /opt/qemu/bin/qemu-system-{arch}
nics: vhost
options: ["-cpu", "host", ""]
vhostOptions: ["-mem-prealloc"]
memory: /dev/hugepages
allGuests: true
backend: vhostfd
device: /dev/vhost-net-{index}
`;
  const settings = await loadSettings(
    { VMLANE_SETTINGS: settingsFolder({ 'wrap.yaml': text }) },
    {},
  );
  expect(settings.emulator).toBe('/opt/qemu/bin/qemu-system-x86_64');
  expect(settings.policy).toEqual({
    nics: 'vhost',
    backend: { kind: 'vhostfd', device: '/dev/vhost-net-{index}' },
    keepOffloads: [],
    memory: {
      source: { kind: 'huge', folder: '/dev/hugepages', otherwise: 'refuse' },
      prealloc: 'huge',
      allGuests: true,
    },
    extra: { always: ['-cpu', 'host', ''], rewritten: ['-mem-prealloc'] },
  });
});

test('what only some back ends know', async () => {
  const policy = async (text: string) =>
    (await loadSettings({ VMLANE_SETTINGS: settingsFolder({ 'wrap.yaml': text }) }, {})).policy;
  const kni = 'backend: tap-fd\nfdFile: /sys/class/net/{netdev}/sock_fd\n';
  expect((await policy(kni)).backend).toEqual({
    kind: 'tap-fd',
    fdFile: '/sys/class/net/{netdev}/sock_fd',
    vhost: true,
  });
  expect((await policy(`${kni}enableFile: /sys/en\n`)).backend).toMatchObject({
    enableFile: '/sys/en',
  });
  expect((await policy('backend: vhost-net')).backend).toEqual({ kind: 'vhost-net' });
  expect((await policy('listener: switch\nreconnectSeconds: 5')).backend).toMatchObject({
    listener: 'switch',
    reconnectSeconds: 5,
  });
  const huge = 'memory: huge\npageSize: 2MiB\nnode: 1\nfewPages: memfd\nprealloc: always';
  expect((await policy(huge)).memory).toEqual({
    source: { kind: 'huge', pageSize: 2097152, node: 1, otherwise: 'memfd' },
    prealloc: 'always',
    allGuests: false,
  });
});

describe('variables', () => {
  test('those of the first version', async () => {
    const env = {
      ...NOWHERE,
      VMLANE_EMULATOR: '/opt/qemu',
      VMLANE_SWITCH: '/a/b',
      VMLANE_SOCKET_DIR: '/c/',
      VMLANE_HUGEPAGES: '/dev/hugepages',
    };
    const { policy, ...settings } = await loadSettings(env, {});
    expect(settings).toEqual({ emulator: '/opt/qemu', switchSocket: '/a/b' });
    expect(policy.backend).toMatchObject({ kind: 'vhost-user', socketDir: '/c' });
    expect(policy.memory.source).toMatchObject({ kind: 'huge', folder: '/dev/hugepages' });
  });

  test('lists, numbers and truth are written as in a file', async () => {
    const found = await effectiveSettings(
      {
        ...NOWHERE,
        VMLANE_NICS: '[{mac: 52:54:00:00:00:01}, {id: net0}]',
        VMLANE_OPTIONS: '["-cpu", "a b"]',
        VMLANE_ALL_GUESTS: 'true',
        VMLANE_NODE: '1',
        VMLANE_LOG: '/var/log/a',
      },
      {},
    );
    expect(found.nics).toEqual({
      value: [{ mac: '52:54:00:00:00:01' }, { id: 'net0' }],
      source: 'VMLANE_NICS',
    });
    expect(found.options.value).toEqual(['-cpu', 'a b']);
    expect([found.allGuests.value, found.node.value, found.log.value]).toEqual([
      true,
      1,
      '/var/log/a',
    ]);
  });
});
