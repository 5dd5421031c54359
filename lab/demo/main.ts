/**
 * The demo, in the private world: `npm run demo`. Exits with 0 only if all of it worked, and nothing is
 * left. Its parts, of which the words of the command line may name some: two guests that ping each other,
 * and guests that move away from libvirt's `default`.
 */
import { constants } from 'node:os';
import { progress } from '../../src/trial/progress.js';
import { allTails } from '../logs.js';
import { strays } from '../strays.js';
import { moveFromDefault } from './default-network.js';
import { twoGuests } from './two-guests.js';

const PARTS = new Map([
  ['two-guests', twoGuests],
  ['default-network', moveFromDefault],
]);
const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...PARTS.keys()];

const say = progress();
const interrupted = new AbortController();
let exitCode = 1;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) return;
    say(`${signal}: cleaning up`);
    exitCode = 128 + constants.signals[signal];
    interrupted.abort(new Error('interrupted'));
  });
}

async function demo(): Promise<string[]> {
  say(`a private world: own network, processes, /run, libvirt; ${hugePages()}`);
  const results: string[] = [];
  for (const part of wanted.map(partOf)) {
    try {
      results.push(await part({ say, signal: interrupted.signal }));
    } finally {
      await nothingLeft();
    }
  }
  return results;
}

function partOf(name: string) {
  const part = PARTS.get(name);
  if (part) return part;
  throw new Error(`${name}: is no part of the demo; there are ${[...PARTS.keys()].join(', ')}`);
}

function hugePages(): string {
  const shortage = process.env.VMLANE_LAB_PAGES_SHORTAGE ?? '';
  if (shortage !== '') return `no huge pages for the switch (${shortage})`;
  return `${process.env.VMLANE_LAB_PAGES} huge pages for the switch`;
}

async function nothingLeft(): Promise<void> {
  const left = await strays();
  if (left.length > 0) throw new Error(`still running after the end: ${left.join('; ')}`);
}

try {
  const results = await demo();
  exitCode = 0;
  say(`done: ${results.join('; ')}; everything is cleaned up`);
} catch (error) {
  if (!interrupted.signal.aborted) process.stderr.write(await allTails());
  say(`failed: ${error instanceof Error ? error.message : String(error)}`);
  for (const cause of error instanceof AggregateError ? error.errors : []) say(String(cause));
}
process.exitCode = exitCode;
