/** A claim's folder that its guest fills: its removal has an end. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Places } from '../../src/kubernetes/driver/places.js';

const UID = '7d3f0a52-5f0e-4f55-9d0b-2f6c8e1a0b11';

const folder = mkdtempSync(join(tmpdir(), 'vmlane-places-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('a removal that does not end is ended, and said; the next one may be quicker', async () => {
  const claims = join(folder, 'claims');
  mkdirSync(join(claims, UID, '0'), { recursive: true });
  const options = { driver: 'vmlane.io', claims, cdi: folder, qemuGroup: 0 };
  // As long as rm finds something: no number of files takes long everywhere.
  const slow = join(folder, 'rm');
  writeFileSync(slow, '#!/bin/sh\nexec sleep 60\n');
  chmodSync(slow, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
  await expect(new Places({ ...options, removalMs: 100 }).remove(UID)).rejects.toThrow(
    `${join(claims, UID)}: is not removed after 0.1 s; remove it by hand, and see what still uses it`,
  );
  expect(existsSync(join(claims, UID))).toBe(true);
  vi.unstubAllEnvs();
  await new Places(options).remove(UID);
  expect(existsSync(join(claims, UID))).toBe(false);
});
