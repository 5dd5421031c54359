import {
  ANOTHER_USER,
  type RealSwitch,
  type RealSwitchOptions,
  startRealSwitch,
} from '../switch/real-switch.js';

const OWN = ['--idle-sleep', '50'];

/** Starts a switch for a test of its own; one core that may run on any processor by default. */
export function startSwitch(folder: string, options: RealSwitchOptions = {}): Promise<RealSwitch> {
  const own = [...OWN, ...(options.own ?? [])];
  const lcores = options.lcores ?? '0@(0-1)';
  // What guests and clients do is answered by a switch without rights, as on a host.
  return startRealSwitch(folder, {
    ...(ANOTHER_USER !== undefined && { uid: ANOTHER_USER }),
    ...options,
    lcores,
    own,
  });
}
