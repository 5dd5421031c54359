/** Devices with settings, and representors: what the EAL is told, and what is refused. */
import { expect, it } from 'vitest';
import { deviceArguments } from '../../src/switch/device-names.js';

const devices = (...names: string[]) => ({
  devices: names.map((device, i) => ({ name: `d${i}`, device })),
});

it.each([
  [['0000:3b:00.0,representor=[0-1]'], ['-a', '0000:3b:00.0,representor=[0-1]']],
  [['3b:00.0,queue-num-per-vf=8'], ['-a', '3b:00.0,queue-num-per-vf=8']],
  [
    ['0000:3b:00.0,representor=[0-1,3],queue-num-per-vf=8'],
    ['-a', '0000:3b:00.0,representor=[0-1,3],queue-num-per-vf=8'],
  ],
  [
    ['0000:3b:00.0,representor=pf0vf[0,2]', 'net_0000:3b:00.0_representor_0'],
    ['-a', '0000:3b:00.0,representor=pf0vf[0,2]'],
  ],
  // Said once, it holds for both.
  [
    ['0000:3b:00.0,representor=0', '0000:3b:00.0'],
    ['-a', '0000:3b:00.0,representor=0'],
  ],
  [
    ['0000:3b:00.0', '0000:3b:00.1'],
    ['-a', '0000:3b:00.0', '-a', '0000:3b:00.1'],
  ],
])('%j', (names, args) => {
  expect(deviceArguments(devices(...names))).toEqual(args);
});

it('an uplink with settings is on PCI, and no --vdev', () => {
  expect(deviceArguments({ uplink: '0000:3b:00.0,queue-num-per-vf=4' })).toEqual([
    ...['-a', '0000:3b:00.0,queue-num-per-vf=4'],
  ]);
});

const SETTING = 'is no setting of its driver; write KEY=VALUE';
it.each([
  [['0000:3b:00.0,'], `"" ${SETTING}`],
  [['0000:3b:00.0,representor'], `"representor" ${SETTING}`],
  [['0000:3b:00.0,representor='], `"representor=" ${SETTING}`],
  [['0000:3b:00.0,representor=[0-1'], `"representor=[0-1" ${SETTING}`],
  [['0000:3b:00.0,representor=0-1]'], `"representor=0-1]" ${SETTING}`],
  [['0000:3b:00.0,=1'], `"=1" ${SETTING}`],
  [
    ['0000:3b:00.0,queue-num-per-vf=3'],
    '"3" is no number of queues that each VF can have; give 1, 2',
  ],
  [['0000:3b:00.0,representor=0,queue-num-per-vf=32'], '"32" is no number of queues'],
  [['0000:3b:00.0,queue-num-per-vf='], '"" is no number of queues'],
  [['0000:3b:00.0,repre sentor=1'], `"repre sentor=1" ${SETTING}`],
  [['0000:3b:00.0,a=1,,b=2'], `"" ${SETTING}`],
  [['0000:3b:00.0,a=$(id)'], `"a=$(id)" ${SETTING}`],
  [['0000:3b:20.0,representor=0'], 'neither a PCI address nor a DPDK device'],
  [['net_0000:3b:00.0_representor_0'], 'nobody asks 0000:3b:00.0 for representors; give it'],
  [
    ['0000:3b:00.0', 'net_0000:3b:00.0_representor_0'],
    'nobody asks 0000:3b:00.0 for representors; give it',
  ],
  [['net_0000:3b:00.0_representor_x'], 'neither a PCI address nor a DPDK device'],
  [
    ['0000:3b:00.0,representor=0', '0000:3b:00.0,representor=1'],
    'is also given with other settings, as 0000:3b:00.0,representor=0; give all settings once',
  ],
])('%j is refused in one line', (names, why) => {
  const error = (() => {
    try {
      return deviceArguments(devices(...names));
    } catch (refused) {
      return refused;
    }
  })();
  expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining(why) });
  expect((error as Error).message).not.toContain('\n');
});
