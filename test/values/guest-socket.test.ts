import { dirname } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guestSocket, wrappedSocket } from '../../src/values/guest-socket.js';
import { GUEST_FOLDER, pathTrouble, SOCKET_PATH_MAX } from '../../src/values/socket-path.js';

test.each([
  ['web1', 0, '/run/vmlane/guests/web1/0.sock'],
  ['web1', 'hostnet0', '/run/vmlane/guests/web1/hostnet0.sock'],
  ['a.b_c-d', 12, '/run/vmlane/guests/a.b_c-d/12.sock'],
  ['mit leer', 0, /\/mit_leer:[0-9a-f]{12}\/0\.sock$/],
  ['..', 0, /\/guests\/:[0-9a-f]{12}\/0\.sock$/],
  ['.hidden', 0, /\/guests\/hidden:[0-9a-f]{12}\/0\.sock$/],
  ['a/b', '../../etc/x', /\/guests\/a_b:[0-9a-f]{12}\/etc_x:[0-9a-f]{12}\.sock$/],
  ['x'.repeat(49), 0, /\/x{35}:[0-9a-f]{12}\/0\.sock$/],
])('%j %j', (guest, nic, expected) => {
  expect(guestSocket(GUEST_FOLDER, guest, nic)).toMatch(
    typeof expected === 'string' ? new RegExp(`^${expected.replaceAll('.', '\\.')}$`) : expected,
  );
});

const UUID = '6c1b6a1e-6c2c-4cb2-9f0e-2d1b5ce01234';

test.each([
  ['as libvirt writes it', UUID, `libvirt-${UUID}`],
  ['as people may', UUID.toUpperCase().replaceAll('-', ''), `libvirt-${UUID}`],
  ['none', undefined, 'web'],
  ['an empty one', '', 'web'],
  ['one that is none', `${UUID}/../x`, 'web'],
  ['too short a one', UUID.slice(1), 'web'],
])('the folder of a wrapped guest is called after its profile; UUID: %s', (_what, uuid, folder) => {
  expect(wrappedSocket('/a/', { name: 'web', uuid }, 'n0')).toBe(`/a/${folder}/n0.sock`);
});

test.each([`libvirt-${UUID}`, `libvirt-${UUID.replaceAll('-', '')}`])(
  "a guest that is called %s does not get the other's folder",
  (name) => {
    expect(guestSocket('/a', name, 0)).toMatch(/^\/a\/libvirt-6c1b[\da-f-]*:[\da-f]{12}\/0\.sock$/);
  },
);

test('a folder with slashes at its end is the same', () => {
  for (const folder of ['/a', '/a/', '/a//'])
    expect(guestSocket(folder, 'g', 0)).toBe('/a/g/0.sock');
  for (const folder of ['/', '//']) expect(guestSocket(folder, 'g', 0)).toBe('/g/0.sock');
});

test('every guest has a folder of its own, right below and short enough', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
    fc.stringMatching(/^[a.:_ /-]{1,4}$/),
  );
  fc.assert(
    fc.property(name, name, (one, other) => {
      fc.pre(one !== other);
      const path = guestSocket(GUEST_FOLDER, one, 0);
      expect(dirname(dirname(path))).toBe(GUEST_FOLDER);
      expect(pathTrouble(path, SOCKET_PATH_MAX)).toBeUndefined();
      expect(dirname(path)).not.toBe(dirname(guestSocket(GUEST_FOLDER, other, 0)));
    }),
    { numRuns: 2000 },
  );
});
