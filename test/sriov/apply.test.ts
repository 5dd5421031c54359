/** Changes of sysfs: done, or undone, or told exactly. */

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ANY, driverChange, driverWrites, readHeld } from '../../src/sriov/binding/bind.js';
import { apply } from '../../src/sriov/change/apply.js';
import { findPf } from '../../src/sriov/find.js';
import { countChange, countWrites } from '../../src/sriov/vfs/count.js';
import { readDevice } from '../../src/system/devices/pci.js';
import { sysfsWriter } from '../../src/system/devices/sysfs.js';
import { readPfs } from '../../src/system/devices/vfs.js';
import { inFolder } from '../switch/folder.js';
import { FakeKernel, type Refusal } from './kernel.js';
import { inTree } from './tree.js';

const PF = '0000:02:00.0';
const [ONE, TWO] = ['0000:02:10.0', '0000:02:10.1'];

function withPf(
  count: number,
  refuse: Refusal,
  use: (kernel: FakeKernel, run: () => Promise<void>, root: string) => Promise<void>,
) {
  return inTree('82599', async (root) => {
    const kernel = new FakeKernel(root, 'ixgbevf', refuse);
    const pf = findPf(readPfs(root), PF, root);
    await use(kernel, () => apply(countChange(pf, count, root), kernel.write, 100), root);
  });
}

test.each([
  [2, []],
  [0, ['sriov_numvfs=0']],
  [1, ['sriov_numvfs=0', 'sriov_numvfs=1']],
  [3, ['sriov_numvfs=0', 'sriov_numvfs=3']],
])('from 2 VFs to %i', (count, written) =>
  withPf(
    count,
    () => undefined,
    async (kernel, run, root) => {
      await run();
      expect(kernel.written).toEqual(written);
      const pf = findPf(readPfs(root), PF, root);
      expect([pf.count, pf.vfs.length]).toEqual([count, count]);
    },
  ),
);

const PARAMETER = 'sys/module/vfio_pci/parameters/enable_sriov';

/** A PF with vfio-pci, and the parameter as it is before. */
function withVfio(
  before: string,
  count: number,
  refuse: Refusal,
  use: (kernel: FakeKernel, run: () => Promise<void>, root: string) => Promise<void>,
) {
  return inTree(
    '82599',
    async (root) => {
      const device = join(root, 'sys/bus/pci/devices', PF, 'driver');
      rmSync(device);
      symlinkSync('../../drivers/vfio-pci', device);
      const kernel = new FakeKernel(root, 'vfio-pci', refuse);
      const pf = findPf(readPfs(root), PF, root);
      await use(kernel, () => apply(countChange(pf, count, root), kernel.write, 100), root);
    },
    `${PARAMETER} = ${before}`,
  );
}

test.each([
  ['N', 3, ['enable_sriov=Y', 'sriov_numvfs=0', 'sriov_numvfs=3']],
  ['Y', 3, ['sriov_numvfs=0', 'sriov_numvfs=3']],
  ['N', 0, ['sriov_numvfs=0']],
  ['N', 2, []],
])('with vfio-pci, enable_sriov %s, %i VFs', (before, count, written) =>
  withVfio(
    before,
    count,
    () => undefined,
    async (kernel, run) => {
      await run();
      expect(kernel.written).toEqual(written);
    },
  ),
);

test.each([
  ['N', ['enable_sriov=Y', 'sriov_numvfs=0', 'sriov_numvfs=2', 'enable_sriov=N']],
  ['Y', ['sriov_numvfs=0', 'sriov_numvfs=2']],
])('with vfio-pci, a refused count takes the parameter back to %s', (before, written) =>
  withVfio(
    before,
    3,
    ({ value }) => (value === '3' ? 'Cannot allocate memory' : undefined),
    async (kernel, run, root) => {
      await expect(run()).rejects.toThrow('Cannot allocate memory (all is as before)');
      expect(kernel.written).toEqual(written);
      expect(readFileSync(join(root, PARAMETER), 'utf8')).toBe(`${before}\n`);
    },
  ),
);

test('from 0 it is one write', () => {
  expect(countWrites({ address: PF, count: 0 }, 3, '/').map(({ value }) => value)).toEqual(['3']);
  expect(countWrites({ address: PF, count: 0 }, 0, '/')).toEqual([]);
});

test('a count that the kernel refuses is undone: the VFs of before are there again', () =>
  withPf(
    3,
    ({ value }) => (value === '3' ? 'Cannot allocate memory' : undefined),
    async (kernel, run, root) => {
      await expect(run()).rejects.toThrow(
        /^ens2f0: .*sriov_numvfs does not take 3: Cannot allocate memory \(all is as before\); the BIOS left too little room/,
      );
      expect(kernel.written).toEqual(['sriov_numvfs=0', 'sriov_numvfs=2']);
      expect(findPf(readPfs(root), PF, root).vfs.map(({ index }) => index)).toEqual([0, 1]);
    },
  ));

test('what cannot be undone is told: what is there now, and why', () =>
  withPf(
    3,
    ({ value }) => (value === '0' ? undefined : 'Input/output error'),
    async (_kernel, run) => {
      await expect(run()).rejects.toThrow(
        /does not take 3: Input\/output error \(not all undone, .*sriov_numvfs: Input\/output error: now 0 VFs\)/,
      );
    },
  ));

test.each([
  ['Permission denied', 'run this as root'],
  ['Read-only file system', 'outside of the container'],
  ['Numerical result out of range', "'vmlane sriov limits'"],
  ['No such file or directory', 'bind the Linux driver of the card'],
  ['Device or resource busy', "see 'vmlane sriov list'"],
  ['Function not implemented', 'bind the Linux driver of the card'],
])('%s: nothing is changed, and the remedy is told', (reason, remedy) =>
  withPf(
    0,
    () => reason,
    async (kernel, run, root) => {
      const error = await run().catch((error: Error) => error);
      expect(error).toMatchObject({
        exitCode: 1,
        message: expect.stringContaining(`${reason} (all is as before); `),
      });
      expect(error).toMatchObject({ message: expect.stringContaining(remedy) });
      expect(kernel.written).toEqual([]);
      expect(findPf(readPfs(root), PF, root).count).toBe(2);
    },
  ),
);

test('a count that is accepted and not kept is undone and told', () =>
  inTree('82599', async (root) => {
    const pf = findPf(readPfs(root), PF, root);
    const written: string[] = [];
    const forgetful = async ({ value }: { value: string }) => {
      written.push(value);
    };
    await expect(apply(countChange(pf, 4, root), forgetful, 10)).rejects.toThrow(
      'ens2f0: it has 2 VFs, not 4 (all is as before); ',
    );
    expect(written).toEqual(['0', '4']);
  }));

async function held(addresses: readonly string[], root: string) {
  const devices = addresses.flatMap((address) => readDevice(address, root) ?? []);
  return Promise.all(devices.map((device) => readHeld(device, root)));
}

const VFIO = { driver: 'vfio-pci', override: 'vfio-pci' };

test('bound and given back: the writes, and what they lead to', () =>
  inTree('82599', async (root) => {
    const kernel = new FakeKernel(root, 'ixgbevf');
    const bind = (await held([ONE], root)).map((device) => ({ device, wanted: VFIO }));
    await apply(driverChange(ONE, bind, root), kernel.write, 100);
    expect(kernel.driver(ONE)).toBe('vfio-pci');
    const back = (await held([ONE], root)).map((device) => ({
      device,
      wanted: { driver: 'ixgbevf' },
    }));
    await apply(driverChange(ONE, back, root), kernel.write, 100);
    expect(kernel.written).toEqual([
      ...['driver_override=vfio-pci', `unbind=${ONE}`, `drivers_probe=${ONE}`],
      ...['driver_override=ixgbevf', `unbind=${ONE}`, `drivers_probe=${ONE}`, 'driver_override='],
    ]);
    expect(await held([ONE], root)).toEqual([
      expect.not.objectContaining({ override: expect.anything() }),
    ]);
    expect(kernel.driver(ONE)).toBe('ixgbevf');
  }));

test.each([
  [{ driver: ANY }, ['driver_override=', `unbind=${TWO}`, `drivers_probe=${TWO}`]],
  [{}, [`unbind=${TWO}`, 'driver_override=']],
  [VFIO, []],
  [
    { driver: 'uio_pci_generic', override: 'uio_pci_generic' },
    ['driver_override=uio_pci_generic', `unbind=${TWO}`, `drivers_probe=${TWO}`],
  ],
])('from vfio-pci to %j', (wanted, writes) =>
  inTree('82599', async (root) => {
    const [device] = await held([TWO], root);
    const found = device && driverWrites(device, wanted, root);
    expect(found?.map(({ path, value }) => `${path.replace(/.*\//, '')}=${value}`)).toEqual(writes);
  }),
);

test.each(['driver_override', 'unbind', 'drivers_probe'])(
  'when %s of the second function is refused, both are as before',
  (name) =>
    inTree('82599', async (root) => {
      const second = '0000:02:10.3';
      let refusals = 0;
      const kernel = new FakeKernel(root, 'ixgbevf', ({ path, value }) => {
        const concerned = path.endsWith(name) && (value === second || path.includes(second));
        // Once: the way back is open.
        return concerned && refusals++ === 0 ? 'No such device' : undefined;
      });
      const before = await held([ONE, second], root);
      const change = driverChange(
        'both',
        before.map((device) => ({ device, wanted: VFIO })),
        root,
      );
      await expect(apply(change, kernel.write, 100)).rejects.toThrow(
        'No such device (all is as before)',
      );
      expect(await held([ONE, second], root)).toEqual(before);
    }),
);

test('a driver that cannot be given back is told', () =>
  inTree('82599', async (root) => {
    const kernel = new FakeKernel(root, 'ixgbevf', ({ path }) =>
      path.endsWith('drivers_probe') ? 'No such device' : undefined,
    );
    const bind = (await held([ONE], root)).map((device) => ({ device, wanted: VFIO }));
    await expect(apply(driverChange(ONE, bind, root), kernel.write, 100)).rejects.toThrow(
      `(not all undone, ${root}/sys/bus/pci/drivers_probe: No such device: now ${ONE} with no driver)`,
    );
  }));

test('a write that the kernel does not answer is given up, and nothing else is written', () =>
  inFolder(async (folder) => {
    // Opening a pipe that nobody reads waits, as the kernel does for a VF that somebody holds.
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const after = join(folder, 'after');
    writeFileSync(after, 'before\n');
    const change = {
      thing: 'ens2f0',
      writes: [
        { path, value: '0' },
        { path: after, value: '3' },
      ],
      read: () => 0,
      lacks: () => undefined,
      back: () => [{ path: after, value: 'back' }],
      described: () => '',
      remedy: () => '',
    };
    const error = await apply(change, sysfsWriter(300)).catch((error: Error) => error);
    expect(error).toMatchObject({ exitCode: 1 });
    const { message } = error as Error;
    expect(message).toMatch(
      /^ens2f0: the kernel does not come back from writing 0 to .*pipe; process \d+ waits/,
    );
    expect(readFileSync(after, 'utf8')).toBe('before\n');
    // The write is done when it can be.
    expect(readFileSync(path, 'utf8')).toBe('0\n');
  }));
