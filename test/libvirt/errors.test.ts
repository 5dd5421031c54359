import { expect, test } from 'vitest';
import { MEANINGS, troubleOf } from '../../src/libvirt/errors.js';
import { Failed, InvalidInput } from '../../src/values/errors.js';

// Messages of libvirt 9.0 and 11.3, and QEMU 7.2, with the beginning of the remedy.
const TABLE: [string, string][] = [
  [
    'Hook script execution failed: internal error: Child process (LC_ALL=C /etc/libvirt/hooks/qemu.d/vmlane a prepare begin -) unexpected exit status 1: vmlane hook: /run/vmlane/guests/a.sock: another process listens on this socket, a guest of the same name is running; stop it',
    "do as the hook's own words say",
  ],
  ["Domain not found: no domain with matching name 'a'", "'virsh list --all' shows"],
  ["Failed to connect socket to '/run/libvirt/libvirt-sock': Connection refused", 'start libvirtd'],
  [
    '-chardev socket,id=charnet0,path=/run/vmlane/guests/a.sock,server=on: Failed to unlink socket /run/vmlane/guests/a.sock: Permission denied',
    'let the switch listen',
  ],
  ["no connection driver available for URI 'a' does not include a driver name", 'give a URI'],
  ['Cannot recv data: ssh: connect to host a port 22: Connection refused', 'check that the host'],
  [
    "Cannot read CA certificate '/etc/pki/CA/cacert.pem': No such file or directory",
    'check that the host',
  ],
  ["operation failed: domain 'a' already exists with uuid 1", 'undefine that domain'],
  ['Requested operation is not valid: domain is already running', 'destroy it first'],
  ['Requested operation is not valid: domain is not running', 'there is nothing to stop'],
  ["unsupported configuration: 'interface' requires shared memory", 'write <memoryBacking>'],
  ['Requested operation is not valid: cannot undefine domain with nvram', '--nvram deletes'],
  [
    'Requested operation is not valid: Refusing to undefine while domain managed save image exists',
    "'virsh managedsave-remove'",
  ],
  [
    'Requested operation is not valid: cannot delete inactive domain with 2 snapshots',
    "'virsh snapshot-delete",
  ],
  [
    "Cannot access storage file '/a' (as uid:64055, gid:64055): Permission denied",
    'check that the path',
  ],
  [
    'os_mem_prealloc: Insufficient free host memory pages available to allocate guest RAM',
    'reserve more',
  ],
  [
    'internal error: process exited while connecting to monitor: 2026-01-01T00:00:00Z\nqemu-system-x86_64: unable to map backing store for guest RAM: Cannot allocate memory',
    'reserve more',
  ],
];

test.each(TABLE)('%s', (message, remedy) => {
  const found = troubleOf(new Error(message), 'domain a', 'other');
  expect(found.trouble.remedy.startsWith(remedy), found.trouble.remedy).toBe(true);
  expect(found.trouble.problem).toBe(message.replace('\n', ' '));
  expect(found.message).not.toContain('\n');
});

test('every meaning is in the table', () => {
  const used = TABLE.map(([message]) => MEANINGS.find(({ text }) => text.test(message)));
  expect(MEANINGS.filter((meaning) => !used.includes(meaning))).toEqual([]);
});

test('what is not known is the fault of the XML at define, of libvirt otherwise', () => {
  expect(troubleOf(new Error('unheard of'), 'a', 'define')).toBeInstanceOf(InvalidInput);
  expect(troubleOf(new Error('unheard of'), 'a', 'other')).toBeInstanceOf(Failed);
  expect(troubleOf(new Error('End of file while reading data'), 'a', 'define')).toBeInstanceOf(
    Failed,
  );
  expect(troubleOf('unheard of', 'a', 'connect').message).toMatch(
    /^a: unheard of; see libvirt's log/,
  );
});
