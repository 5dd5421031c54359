import type { GuestHost, PortsClient } from '../host.js';
import type { Tell } from '../remove-ports.js';
import type { ShutdownOptions } from '../stop.js';

type Calls =
  | 'state'
  | 'define'
  | 'definition'
  | 'autostart'
  | 'start'
  | 'shutdown'
  | 'destroy'
  | 'undefine';

/** What the steps work with. */
export interface Context {
  host: GuestHost<Calls>;
  /** Absent if no step needs the switch, or it is out of reach. */
  client: PortsClient | undefined;
  stop: Omit<ShutdownOptions, 'tell' | 'signal'>;
  tell: Tell;
  /** Stops the work between two steps. */
  signal: AbortSignal;
}

/** What a step does. */
export type Action = 'seed' | 'define' | 'autostart' | 'ports' | 'stop' | 'start' | 'undefine';

/** One thing done with one domain. */
export interface Step {
  name: string;
  action: Action;
  run(): Promise<void>;
  /** Absent if the step cannot be undone. */
  undo?(): Promise<unknown>;
  /** If it fails, the steps of other domains go on. */
  alone?: true;
}
