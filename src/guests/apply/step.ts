import type { Libvirt } from '../../libvirt/index.js';
import type { SwitchClient } from '../../switch/index.js';
import type { StopOptions } from '../stop.js';

type Doing = Pick<
  Libvirt,
  'state' | 'define' | 'definition' | 'start' | 'shutdown' | 'destroy' | 'undefine'
>;
type Ports = Pick<SwitchClient, 'ports' | 'addPort' | 'removePort' | 'setPort'>;

/** What the steps are done with. */
export interface Hands {
  libvirt: Doing;
  /** Absent: no step needs the switch, or it is out of reach. */
  client: Ports | undefined;
  stop: StopOptions & { signal: AbortSignal };
}

export type Deed = 'seed' | 'define' | 'ports' | 'stop' | 'start' | 'undefine';

/** One thing done with one domain. */
export interface Step {
  name: string;
  deed: Deed;
  run(): Promise<void>;
  /** Absent: what is done is done. */
  undo?(): Promise<unknown>;
  /** When it fails, the steps of other domains go on. */
  alone?: true;
}
