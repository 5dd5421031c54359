import { expect, test } from 'vitest';
import { patience } from '../../lab/slow.js';
import { parts } from './parts.js';
import { guest, missing, succeed } from './use-testbed.js';

// A guest without KVM in a guest without KVM: it takes minutes, nearly all of them for its kernel to
// boot; on a machine with others at work, it took more than ten.
const MINUTES = 30;

test.skipIf(missing)(
  'a virtual function in a guest inside the guest: it pings through it, in its VLAN',
  async () => {
    const { output } = await succeed({
      ...{ script: guest('nested'), args: [parts], memory: 2048 },
      timeoutMs: MINUTES * 60_000,
    });
    expect(output.split('\n')).toEqual([
      'set 2: ok',
      'bound: 0000:01:10.2 vfio-pci',
      'nested: up',
      'nested: mac 52:54:00:00:05:01',
      'nested: 5 packets transmitted, 5 packets received',
      'back: igbvf',
    ]);
  },
  // The guest's own deadlines tell more.
  patience((MINUTES + 10) * 60_000),
);
