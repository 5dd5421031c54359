/**
 * `npm run bench:instructions`: instructions a frame, beside the figures that are kept. stdout has
 * the table, stderr the progress.
 */
import { InvalidInput, VmlaneError } from '../src/values/errors.js';
import { parseArguments } from './arguments.js';
import { countInstructions, type Figures, record, recorded, scenarios } from './instructions.js';

const USAGE = `Usage: npm run bench:instructions -- [OPTION]...
Counts the instructions that a frame costs the switch, by valgrind, and compares them with the
figures that are kept in bench/instructions.json.

  --only NAME,...   scenarios (all): 64 is two ports with frames of 64 bytes, all of a port alike;
                    runs-of-4 and mixed change addresses each fourth frame, and each frame
  --record          keep what was counted in place of the former figures
  --json            print the figures as JSON
  --help
`;

interface Wanted {
  only: string[];
  keep: boolean;
  json: boolean;
}

async function count({ only, keep, json }: Wanted): Promise<void> {
  const figures: Figures = {};
  let built = '';
  for (const scenario of only) {
    const { compiler, instructions } = await countInstructions(scenario);
    process.stderr.write(`bench: ${scenario}: ${instructions}\n`);
    figures[scenario] = instructions;
    built = compiler;
  }
  const before = recorded()[built] ?? {};
  process.stdout.write(
    json ? `${JSON.stringify({ [built]: figures })}\n` : text(built, figures, before),
  );
  if (keep) await record(built, figures);
}

function text(compiler: string, figures: Figures, before: Figures): string {
  const rows = Object.entries(figures).map(([scenario, now]) => {
    const kept = before[scenario];
    const cells = [now.toFixed(1), kept?.toFixed(1) ?? '-', kept ? (now / kept).toFixed(3) : '-'];
    return `${scenario.padEnd(20)} ${cells.map((cell) => cell.padStart(8)).join(' ')}`;
  });
  const titles = ['now', 'kept', 'ratio'].map((title) => title.padStart(8)).join(' ');
  return `${`instructions, ${compiler}`.padEnd(20)} ${titles}\n${rows.join('\n')}\n`;
}

async function wanted(only: string | undefined): Promise<string[]> {
  const all = await scenarios();
  for (const name of only?.split(',') ?? []) {
    if (all.includes(name)) continue;
    const remedy = `give some of ${all.join(', ')}`;
    throw new InvalidInput({ thing: '--only', problem: `'${name}' is no scenario`, remedy });
  }
  return only?.split(',') ?? all;
}

try {
  const values = parseArguments('bench:instructions', process.argv.slice(2), {
    only: { type: 'string' },
    record: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) process.stdout.write(USAGE);
  else {
    const { record: keep = false, json = false } = values;
    await count({ only: await wanted(values.only), keep, json });
  }
} catch (error) {
  if (!(error instanceof VmlaneError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
