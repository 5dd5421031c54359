/** A relay with a virtual function of a card, as the kernel and vfio have it. */
import { expect, test } from 'vitest';
import { builtProgram } from '../switch/real-switch.js';
import { guest, missing, succeed } from './use-testbed.js';

/** Each byte by byte, both ways. */
const PDUS = ['untagged', 'tagged with a priority', 'QinQ', 'QinQ of two C-tags', 'jumbo, tagged'];

/** What is said of a guest that has another MAC than its VF. */
const WRONG =
  'the NIC of relay 1 has the MAC 02:00:00:00:00:02, and the VF 0000:01:10.0 has 02:00:00:00:00:01';

test.skipIf(missing)(
  'a VF and a guest are each other’s, whatever the frames, removed, added, or killed',
  async () => {
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
        `${add} --trunks 7,100: 0: vmlane: relay 1 has 0000:01:10.0 and /run/testbed/guest.sock`,
        'relay_1.vf_to_vm.internal_state=DPDK_ADDED',
        ...PDUS.flatMap((one) => [
          `ok: wire to guest, at first: ${one}`,
          `ok: guest to wire, at first: ${one}`,
        ]),
        'removed: in order, each once, each whole',
        'ok: wire to guest, after its removal: guest untagged',
        'killed: in order, each once, each whole',
        'as it is: right',
        `as it is: ${WRONG}: the card drops frames from another`,
        `spoofchk off trust on: ${WRONG}: the card brings no frames for another`,
        'ok: wire to another, at first: nobody',
        'ok: wire to another, after a kill: nobody',
        ...PDUS.map((one) => `ok: wire to guest, after a kill: ${one}`),
        'pci_addr: 0000:01:10.0',
        'status: OK',
        '0 wrong',
      ]),
    );
  },
);
