import type { Domain } from '../../domain/index.js';
import type { Guest } from '../../spec/index.js';
import type { PlannedSeed } from '../seed.js';

/** A domain as a file describes it. */
export interface Wanted {
  /** As messages call it. */
  file: string;
  name: string;
  /** 32 hexadecimal digits; absent: the file does not say. */
  uuid?: string;
  domain: Domain;
  /** The same with what it leaves out, for a libvirt that has no domain of that name. */
  completed: Domain;
  /** Absent: the file is domain XML. */
  guest?: Guest;
  /** Its images for cloud-init. */
  seeds: readonly PlannedSeed[];
}
