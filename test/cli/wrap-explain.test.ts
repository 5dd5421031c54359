import { expect, it } from 'vitest';
import { vmlane } from './test-io.js';

const args = ['-m', '1G', '-netdev', 'tap,id=n', '-device', 'virtio-net-pci,netdev=n,id=x'];
const env = { VMLANE_EMULATOR: '/opt/qemu', VMLANE_SOCKET_DIR: '/run/lane' };

it('shows the difference and the port, for a person', async () => {
  const { status, out, err } = await vmlane(['wrap', 'explain', '--', ...args], { env });
  expect([status, err]).toEqual([0, '']);
  expect(out).toContain('  /opt/qemu\n  -m 1G\n');
  expect(out).toContain('- -netdev tap,id=n\n');
  expect(out).toMatch(/\+ -chardev socket,\S*path=\/run\/lane\/\S+\.sock,reconnect=1/);
  expect(out).toMatch(/\nport \S+ at \/run\/lane\/\S+\.sock, the switch listens\n$/);
  expect(out).not.toContain('\u001b[');
  const colored = await vmlane(['wrap', 'explain', '--', ...args], { env, color: true });
  expect(colored.out).toContain('\u001b[31m');
});

it('--json has the vector to run, the edits and the ports', async () => {
  const { out } = await vmlane(['wrap', 'explain', '--json', '--', ...args], { env });
  const { argv, edits, ports, untouched } = JSON.parse(out);
  expect(argv.slice(0, 3)).toEqual(['/opt/qemu', '-m', '1G']);
  expect(edits[0]).toEqual({ kind: 'keep', args: ['-m', '1G'] });
  expect(ports).toMatchObject([
    { path: expect.stringMatching(/^\/run\/lane\//), listener: 'switch' },
  ]);
  expect(untouched).toBeNull();
});

it('says why nothing is rewritten', async () => {
  const { out } = await vmlane(['wrap', 'explain', '--', '-version'], { env });
  expect(out).toMatch(/^ {2}\/opt\/qemu\n {2}-version\n\nunchanged: [^\n]+\n$/);
  const json = await vmlane(['wrap', 'explain', '--json', '--', '-version'], { env });
  expect(JSON.parse(json.out)).toMatchObject({ argv: ['/opt/qemu', '-version'], ports: [] });
});

it('tells what the wrapper does before it becomes QEMU, and what was left alone', async () => {
  const kni = {
    VMLANE_BACKEND: 'tap-fd',
    VMLANE_FD_FILE: '/sys/class/net/vEth{index}/sock_fd',
    VMLANE_ENABLE_FILE: '/sys/class/net/vEth{index}/sock_en',
    VMLANE_NICS: '[{id: x}, {tap: vnet9}]',
  };
  const words = ['wrap', 'explain', '--', ...args];
  const { out } = await vmlane(words, { env: { ...env, ...kni } });
  expect(out).toMatch(/\+ -netdev tap,id=n,fd=1\d\d,vhost=on\n/);
  expect(out).toContain('\nfirst: write 1 to /sys/class/net/vEth0/sock_en\n');
  expect(out).toMatch(
    /\nfirst: the descriptor whose number is in \/sys\/class\/net\/vEth0\/sock_fd becomes 1\d\d\n/,
  );
  expect(out).toContain('\nnote: this guest has no NIC with tap vnet9\n');
  const device = { VMLANE_BACKEND: 'vhostfd', VMLANE_DEVICE: '/dev/usvhost' };
  expect((await vmlane(words, { env: { ...env, ...device } })).out).toMatch(
    /\nfirst: open \/dev\/usvhost as descriptor 1\d\d\n/,
  );
});

it.each([
  ['a broken JSON value', ['-device', '{"driver":"virtio-net-pci"'], {}],
  ['a socket folder that is not absolute', args, { VMLANE_SOCKET_DIR: 'here' }],
])('%s is invalid input', async (_name, words, more) => {
  const ran = await vmlane(['wrap', 'explain', '--', ...words], { env: { ...env, ...more } });
  expect([ran.status, ran.out]).toEqual([2, '']);
  expect(ran.err).toMatch(/^vmlane: [^\n]+; [^\n]+\n$/);
});
