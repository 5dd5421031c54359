import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { GUEST_RULES, rulesFor } from '../../src/host/wrap/rules.js';
import { packageRoot } from '../../src/switch/paths.js';
import { lookAt } from '../../src/system/look/index.js';
import { wrappedSocket } from '../../src/values/guest-socket.js';
import { GUEST_FOLDER } from '../../src/values/socket-path.js';
import { parts } from './parts.js';
import { guest, missing, succeed } from './use-testbed.js';

const UUIDS = ['6c1b6a1e-6c2c-4cb2-9f0e-2d1b5ce01234', 'f6cd1f5e-d2e9-498e-abdc-c3a918ac1cd3'];

test.skipIf(missing)(
  "the kernel gives a wrapped guest its own sockets and nobody else's, by one rule for all",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vmlane-apparmor-'));
    try {
      const installed = { package: packageRoot(), node: process.execPath };
      const rules = rulesFor(lookAt(folder), installed).find(({ path }) => path === GUEST_RULES);
      writeFileSync(join(folder, 'rules'), rules?.after ?? '');
      const sockets = UUIDS.map((uuid) =>
        wrappedSocket(GUEST_FOLDER, { name: 'web', uuid }, 'hostnet0'),
      );
      const profiles = UUIDS.map((uuid) => `libvirt-${uuid}`);
      expect(sockets.map((path) => basename(dirname(path)))).toEqual(profiles);
      const guests = profiles.map((profile, i) => `${profile}=${sockets[i]}`);
      const args = [`${parts}/tools`, join(folder, 'rules'), ...guests];
      const { output } = await succeed({ script: guest('apparmor.py'), args, timeoutMs: 300_000 });
      // Whether a path is dialled at all, only kernels with AppArmor's rules for AF_UNIX ask: Debian 12's does not.
      const unruled = /elsewhere: dial (\w+)/.exec(output)?.[1] ?? '';
      expect(['EACCES', 'ok']).toContain(unruled);
      console.log(`dialling a socket that no rule names: ${unruled}`);
      const own = 'dial ok open ok make ok';
      const others = `dial ${unruled} open EACCES make EACCES`;
      const lines = profiles.flatMap((profile) => [
        `${profile} elsewhere: dial ${unruled}`,
        ...profiles.map((other) => `${profile} ${other}: ${other === profile ? own : others}`),
      ]);
      expect(output.trim().split('\n')).toEqual(lines);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
