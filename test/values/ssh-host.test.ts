import { describe, expect, test } from 'vitest';
import { sshHost, sshHostOf, sshUri, sshWords } from '../../src/values/ssh-host.js';

describe('a host as a user writes it', () => {
  test.each([
    ['web1', { host: 'web1' }],
    ['root@web1', { host: 'web1', user: 'root' }],
    ['web1:2222', { host: 'web1', port: 2222 }],
    ['ssh://root@web1', { host: 'web1', user: 'root' }],
    ['ssh://root@[2001:db8::1]:22', { host: '2001:db8::1', user: 'root', port: 22 }],
    ['ssh://web1/', { host: 'web1' }],
    ['[fe80::1%eth0]', { host: 'fe80::1%eth0' }],
  ])('%s', (text, expected) => {
    expect(sshHost(text, '--to')).toEqual(expected);
  });

  test.each([
    '',
    '-oProxyCommand=touch /tmp/x',
    '-web1',
    'root@-web1',
    '-root@web1',
    'web1 -v',
    'a/b',
    'a@b@c',
    'web1;id',
    '$(id)',
    'web1\nx',
    'web1:0',
    'web1:65536',
    'web1:',
    'web1:22:22',
    'http://web1',
    'ro ot@web1',
    '[::1',
    'x'.repeat(256),
  ])('no host: %j', (text) => {
    expect(() => sshHost(text, '--to')).toThrow(/^--to: .* is no host that ssh takes; write HOST/);
  });
});

describe("a libvirt URI's host", () => {
  test.each([
    ['qemu+ssh://web1/system', { host: 'web1' }],
    ['qemu+ssh://root@web1:2222/system', { host: 'web1', user: 'root', port: 2222 }],
    ['qemu+ssh://web1/system?keyfile=/root/k&no_verify=1', { host: 'web1', keyFile: '/root/k' }],
    ['qemu+libssh2://[::1]/system', { host: '::1' }],
  ])('%s', (uri, expected) => {
    expect(sshHostOf(uri)).toEqual(expected);
  });

  test.each([
    'qemu:///system',
    'qemu+tls://web1/system',
    'qemu+ssh:///system',
    'qemu+ssh://-oProxyCommand=x/system',
    'qemu+ssh://a b/system',
    'qemu+unix:///system?socket=/x',
    'qemu+ssh://web1:99999/system',
  ])('none that ssh reaches: %s', (uri) => {
    expect(sshHostOf(uri)).toBeUndefined();
  });

  test('a key that is no absolute path is left to libvirt', () => {
    expect(sshHostOf('qemu+ssh://web1/system?keyfile=-oX')).toEqual({ host: 'web1' });
  });
});

test('options come before the host, which cannot be one', () => {
  const words = sshWords({ host: 'web1', user: 'root', port: 22, keyFile: '/k' });
  expect(words).toEqual(['-p', '22', '-l', 'root', '-i', '/k', '--', 'web1']);
});

test.each([
  'qemu+ssh://web1/system',
  'qemu+ssh://root@web1:2222/system',
  'qemu+ssh://root@[2001:db8::1]/system',
])('%s is made of its host, and has that', (uri) => {
  expect(sshUri(sshHostOf(uri) ?? { host: '' })).toBe(uri);
});
