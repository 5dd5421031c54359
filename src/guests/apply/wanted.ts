import type { Domain } from '../../domain/index.js';
import type { Guest } from '../../spec/index.js';
import type { PlannedSeed } from '../seed.js';

/** A domain as a file describes it. */
export interface Wanted {
  /** Its name in messages. */
  file: string;
  name: string;
  /** 32 hexadecimal digits; absent if the file has none. */
  uuid?: string;
  domain: Domain;
  /** The domain with the values that it leaves out, for a libvirt that has none of that name. */
  completed: Domain;
  /** Absent if the file is domain XML. */
  guest?: Guest;
  /** Its images for cloud-init. */
  seeds: readonly PlannedSeed[];
}
