import { expect, test } from 'vitest';
import { readJob } from '../../src/libvirt/migrate.js';

// As virsh 9.0 has printed it.
const COMPLETED = `Job type: 3

operation: 4
time_elapsed: 5774
time_elapsed_net: 5772
downtime: 97
downtime_net: 95
data_total: 269230080
memory_total: 269230080
memory_processed: 97443434
memory_remaining: 0

`;

test('a job that is over', () => {
  expect(readJob(COMPLETED)).toEqual({
    ...{ copied: 97_443_434, left: 0, downtimeMs: 97, elapsedMs: 5774 },
  });
});

test('none', () => {
  expect(readJob('Job type: 0\n\n')).toBeUndefined();
  expect(readJob('')).toBeUndefined();
});
