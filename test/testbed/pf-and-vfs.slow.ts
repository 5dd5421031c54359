/** A card's PF under the switch, and a VF of it for somebody else. */
import { expect, test } from 'vitest';
import { builtProgram } from '../switch/real-switch.js';
import { guest, missing, succeed } from './use-testbed.js';

test.skipIf(missing)(
  'a switch has the PF, others have its VFs, by a token that nobody sees',
  async () => {
    const programs = [
      ...['--switch', builtProgram('vhost-switch')],
      ...['--front', builtProgram('vhost-front')],
    ];
    const { output } = await succeed({
      ...{ script: guest('pf-and-vfs.py'), args: programs },
      ...{ hugePages: 400, timeoutMs: 900_000 },
    });
    const set = 'sriov set 0000:01:00.0';
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`${set} 2: 2: 0000:01:00.0: it has no driver, which would make`),
        expect.stringMatching(/^ {2}Y +\/sys\/module\/vfio_pci\/parameters\/enable_sriov$/),
        expect.stringMatching(/^ {2}2 +\/sys\/bus\/pci\/devices\/0000:01:00.0\/sriov_numvfs$/),
        expect.stringContaining(`${set} 2: 0: 0000:01:00.0: 2 VFs`),
        'VF: 0000:01:10.0 with vfio-pci',
        "  the token's file: True, made: False",
        'the token: 36 characters, mode 600',
        expect.stringMatching(
          /^sriov set 0000:01:00.0 1: 1: .*\(vhost-switch\) has it by vfio-pci/,
        ),
        'without the token: refused',
        'ok: tenant to wire: wire untagged',
        'ok: guest to tenant: tenant untagged',
        'the token is also: nowhere',
        'after a restart: the same token',
        '0 wrong',
      ]),
    );
  },
);
