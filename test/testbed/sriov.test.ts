import { expect, test } from 'vitest';
import { guest, missing, succeed } from './use-testbed.js';

test.skipIf(missing)('virtual functions come, change, are given to vfio and go', async () => {
  const { output } = await succeed({ script: guest('sriov'), timeoutMs: 300_000 });
  expect(output.split('\n')).toEqual([
    'card: 0000:01:00.0, igb',
    'most: 7',
    'set 8: Numerical result out of range',
    'set 4: ok',
    'four 0: 0000:01:10.0, igbvf, physfn 0000:01:00.0',
    'four 1: 0000:01:10.2, igbvf, physfn 0000:01:00.0',
    'four 2: 0000:01:10.4, igbvf, physfn 0000:01:00.0',
    'four 3: 0000:01:10.6, igbvf, physfn 0000:01:00.0',
    'set 4: ok',
    'set 3: Device or resource busy',
    'set 0: ok',
    'set 3: ok',
    'three 0: 0000:01:10.0, igbvf, physfn 0000:01:00.0',
    'three 1: 0000:01:10.2, igbvf, physfn 0000:01:00.0',
    'three 2: 0000:01:10.4, igbvf, physfn 0000:01:00.0',
    'bound: vfio-pci',
    'vfio group: there',
    'others: igbvf igb',
    'back: igbvf',
    'override: (null)',
    'vfio group: gone',
    'set 0: ok',
  ]);
});
