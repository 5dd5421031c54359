/** What the library has of the host: the README's example, with a tree. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { hostQuestions, openDomain, validateDomain } from '../../src/domain/index.js';
import { DEFAULT_POLICY, rewrite } from '../../src/qemu/index.js';
import * as system from '../../src/system/index.js';

const XML = `<domain type='kvm'><name>web1</name><memory unit='MiB'>512</memory>
  <memoryBacking><hugepages/></memoryBacking><os><type>hvm</type></os></domain>`;

test('facts of a host decide whether a domain fits', () => {
  const root = mkdtempSync(join(tmpdir(), 'vmlane-library-'));
  try {
    const pages = 'sys/kernel/mm/hugepages/hugepages-2048kB';
    const files = {
      'proc/meminfo': 'MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\nHugepagesize: 2048 kB\n',
      [`${pages}/nr_hugepages`]: '300\n',
      [`${pages}/free_hugepages`]: '300\n',
      [`${pages}/resv_hugepages`]: '100\n',
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    expect(system.readPageCounts(root)).toMatchObject([{ total: 300, available: 200 }]);
    expect(system.hugePagesHold(400, root)).toBe(true);
    expect(system.hugePagesHold(401, root)).toBe(false);
    expect(system.hostMemory(root)).toMatchObject({ total: 2 ** 33, free: 2 ** 32 });
    const host = system.readHostFacts(hostQuestions(openDomain(XML)), root);
    expect(validateDomain(XML, { host }).map(({ problem }) => problem)).toContainEqual(
      expect.stringContaining('200 are free, 256 are needed'),
    );
    expect(system.readHost([], DEFAULT_POLICY, root)).toMatchObject({ mounts: [] });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('this host is there', () => {
  const host = system.readHost(['-m', '64'], DEFAULT_POLICY);
  expect(rewrite(['-m', '64'], DEFAULT_POLICY, host).argv).toEqual(['-m', '64']);
  expect(system.lookAt().text('/proc/self/cmdline')).toContain('node');
  expect(system.walk('/etc').missing).toBeUndefined();
});
