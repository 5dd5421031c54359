/** What memory a switch takes, and what each thing takes that is put into it. */
import { Failed } from '../src/values/errors.js';
import { MemoryWorld, type WorldOptions } from './memory-world.js';
import { type Resident, settled } from './resident.js';

/** What one of them takes more, in KiB. */
export interface Taken {
  what: string;
  own: number;
  huge: number;
}

export interface MemoryFigures {
  pages: 'ordinary' | 'huge';
  empty: Resident;
  taken: Taken[];
}

const LCORES = 4;
const PORTS = 256;
const GUESTS = 32;
const PAIRS = 8;
const CAPTURES = 8;
/** Of two ports, each of which may have 65,536. */
const ADDRESSES = 100_000;

const names = (kind: string, n: number) => Array.from({ length: n }, (_, i) => `${kind}${i}`);
const ALONE = names('alone', PORTS);
const SINGLE = names('single', GUESTS);
const MANY = names('many', GUESTS);

/** All figures of a switch with these pages. Rejects between two of them when it is interrupted. */
export async function measureMemory(huge: boolean, signal: AbortSignal): Promise<MemoryFigures> {
  const { empty, taken } = await ofOneLcore({ huge }, signal);
  signal.throwIfAborted();
  const more = await MemoryWorld.use({ huge, lcores: LCORES }, ({ pid }) => settled(pid));
  taken.push(per('an lcore', empty, more, LCORES - 1));
  return { pages: huge ? 'huge' : 'ordinary', empty, taken };
}

function ofOneLcore(
  options: WorldOptions,
  signal: AbortSignal,
): Promise<Omit<MemoryFigures, 'pages'>> {
  return MemoryWorld.use(options, async (world) => {
    const taken: Taken[] = [];
    const empty = await settled(world.pid);
    let before = empty;
    const step = async (what: string, n: number, work: () => Promise<void>): Promise<void> => {
      signal.throwIfAborted();
      await work();
      const now = await settled(world.pid);
      taken.push(per(what, before, now, n));
      before = now;
    };
    await step('the first port', 1, () => world.add(ALONE.slice(0, 1)));
    await step('a port without a guest', PORTS - 1, () => world.add(ALONE.slice(1)));
    // Of all these ports: what the control thread needs for an answer stays with it.
    await step(`stats.get, ${PORTS} ports`, 1, async () => void (await world.known()));
    await world.add([...SINGLE, ...MANY]);
    await world.known(); // what an answer of these takes is counted above
    before = await settled(world.pid);
    // Nobody has sent anything, so no address is known before these.
    await step('the first guest', 1, () => world.connect(SINGLE.slice(0, 1), { silent: true }));
    await world.connect(SINGLE.slice(1, 2), { silent: true });
    before = await settled(world.pid);
    await step('100,000 addresses', 1, () => learn(world));
    await step('a guest, 1 pair', GUESTS - 2, () => world.connect(SINGLE.slice(2)));
    await step(`a guest, ${PAIRS} pairs`, GUESTS, () => world.connect(MANY, { pairs: PAIRS }));
    await step('a capture', CAPTURES, () => world.capture(SINGLE.slice(0, CAPTURES)));
    return { empty, taken };
  });
}

async function learn(world: MemoryWorld): Promise<void> {
  const before = await world.known();
  for (const [kind, name] of SINGLE.slice(0, 2).entries())
    await world.learn(name, kind, ADDRESSES / 2);
  const learned = (await world.known()) - before;
  if (learned === ADDRESSES) return;
  const problem = `has learned ${learned} addresses instead of ${ADDRESSES}`;
  throw new Failed({ thing: 'switch', problem, remedy: 'run it again' });
}

function per(what: string, before: Resident, after: Resident, n: number): Taken {
  return { what, own: (after.own - before.own) / n, huge: (after.huge - before.huge) / n };
}
