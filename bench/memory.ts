/**
 * Memory of the switch: `npm run bench:memory`. It is the same on a busy machine. stdout has the
 * table, stderr the progress.
 */
import { reserveAlone } from '../lab/huge-pages.js';
import { interruptedBy } from '../lab/interrupted.js';
import { VmlaneError } from '../src/values/errors.js';
import { parseArguments } from './arguments.js';
import { type MemoryFigures, measureMemory } from './memory-steps.js';
import { MEMORY_PAGES } from './memory-world.js';

const USAGE = `Usage: npm run bench:memory -- [OPTION]...
Says what memory a switch takes, and what ports, guests, addresses, captures and lcores take more; with huge
pages, too, if there are some or they can be had.

  --json            print the figures as JSON, in KiB
  --help
`;

const say = (text: string) => void process.stderr.write(`bench: ${text}\n`);
const interrupted = interruptedBy(say, 'cleaning up');

async function bench(json: boolean): Promise<void> {
  const figures = [await measureMemory(false, interrupted)];
  say('ordinary pages: done');
  const pages = await reserveAlone(MEMORY_PAGES);
  try {
    if (pages.shortage) say(`no huge pages: ${pages.shortage}`);
    else figures.push(await measureMemory(true, interrupted));
  } finally {
    await pages.release();
  }
  process.stdout.write(json ? `${JSON.stringify(figures)}\n` : text(figures));
}

function text(figures: readonly MemoryFigures[]): string {
  return figures.map(table).join('\n');
}

function table({ pages, empty, taken }: MemoryFigures): string {
  const rows = [{ what: 'the empty switch', own: empty.own, huge: empty.huge }, ...taken].map(
    ({ what, own, huge }) => row(what, [own.toFixed(1), huge.toFixed(1)]),
  );
  const also = `${empty.descriptors} descriptors; with pages of libraries ${empty.rss} KiB, ${empty.pss} its share`;
  return `${row(`KiB, ${pages} pages`, ['own', 'huge'])}${rows.join('')}${also}\n`;
}

function row(title: string, cells: readonly string[]): string {
  return `${title.padEnd(24)} ${cells.map((cell) => cell.padStart(10)).join(' ')}\n`;
}

try {
  const values = parseArguments('bench:memory', process.argv.slice(2), {
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) process.stdout.write(USAGE);
  else await bench(values.json ?? false);
} catch (error) {
  // Interrupted: that is said, and the exit code is the signal's, whatever failed for it.
  if (!interrupted.aborted) {
    if (!(error instanceof VmlaneError)) throw error;
    say(error.message);
    process.exitCode = error.exitCode;
  }
}
