import type { SystemRecord, Tried } from './results.js';
import { ROWS } from './rows.js';

/** docs/support.md. */
export function matrixText(records: readonly SystemRecord[]): string {
  const names = [...new Set(records.flatMap(({ versions }) => Object.keys(versions)))];
  const versions = names.map((name) => {
    return row([name, ...records.map((one) => one.versions[name] ?? '-'), '']);
  });
  const tried = ROWS.map(({ key, what, tests }) => {
    const cells = records.map((one) => cell(one.tried[key], tests));
    return row([what, ...cells, tests ? `\`${shown(tests)}\`` : '']);
  });
  return `# What vmlane was tried on

Made by \`npm run support\` of what tests have recorded (docs/support.yaml); amd64 only. A cell says how many tests
passed, and when. \`no record\`: the tests have not been recorded on that system; \`untried\`: there is none.

${row(['', ...records.map(({ system }) => system), 'tests, below test/'])}
${row(['---', ...records.map(() => '---'), '---'])}
${[...versions, ...tried].join('\n')}
`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cell(tried: Tried | undefined, tests: RegExp | undefined): string {
  if (tried === undefined) return tests ? 'no record' : 'untried';
  const { passed, failed, skipped, date } = tried;
  const others = [failed && `**${failed} failed**`, skipped && `${skipped} skipped`].filter(
    Boolean,
  );
  return [`${passed} passed`, ...others, date].join(', ');
}

/** A pattern as a person would write it; a table's cell has no bar. */
function shown(tests: RegExp): string {
  return tests.source.replace(/^\^/, '').replaceAll('\\', '').replaceAll('|', ',');
}
