/** A relay with a virtual function of a card, as the kernel and vfio have it. */
import { expect, test } from 'vitest';
import { builtProgram } from '../switch/real-switch.js';
import { guest, missing, succeed } from './use-testbed.js';

test.skipIf(missing)('a VF and a guest are each other’s, also after a restart', async () => {
  const programs = [
    ...['--switch', builtProgram('vhost-switch')],
    ...['--front', builtProgram('vhost-front')],
  ];
  const { output } = await succeed({
    ...{ script: guest('relay.py'), args: programs },
    ...{ hugePages: 200, timeoutMs: 900_000 },
  });
  const lines = output.split('\n');
  const add = 'relay add 1 --pci-addr 01:10.0 --path /run/testbed/guest.sock';
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringContaining(`${add}: 1: vmlane: 0000:01:10.0: it takes rights`),
      `${add}: 0: vmlane: relay 1 has 0000:01:10.0 and /run/testbed/guest.sock`,
      'relay_1.vf_to_vm.internal_state=DPDK_ADDED',
      'ok: wire to guest, after a restart: guest untagged',
      'ok: wire to another, after a restart: nobody',
      'ok: guest to wire, tagged, after a restart: wire tag 7',
      'pci_addr: 0000:01:10.0',
      'status: OK',
      '0 wrong',
    ]),
  );
});
