import { Child } from './child.js';
import { benchProgram } from './native.js';
import {
  conditions,
  listens,
  type Place,
  type Running,
  type Subject,
  twoSockets,
} from './subject.js';

const MEMORY_MIB = 128;

/** The bare loop of native/bench: rte_vhost's own data path, and no switching. */
export function bare(dpdk: string): Promise<Subject> {
  return ofOurs('bare', 'vhost-copy', `rte_vhost of DPDK ${dpdk}`);
}

/** The lower bound, native/bench/floor.c: one copy from ring to ring, no table, few checks. */
export function floor(): Promise<Subject> {
  return ofOurs('floor', 'vhost-floor', 'one copy, no table');
}

async function ofOurs(name: string, program: string, version: string): Promise<Subject> {
  const binary = await benchProgram(program);
  return { name, version, pages: MEMORY_MIB / 2, start: (place) => start(binary, place) };
}

async function start(binary: string, place: Place): Promise<Running> {
  const sockets = twoSockets(place.folder);
  const eal = ['--lcores', '0@0', '--no-pci', '--in-memory', '-m', String(MEMORY_MIB)];
  const child = new Child(binary, [...eal, '--', ...sockets], conditions(place));
  try {
    await listens(child, sockets);
  } catch (error) {
    await child.end();
    throw error;
  }
  return { sockets, process: child, stop: () => child.end() };
}
