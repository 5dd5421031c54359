import { describe, expect, it } from 'vitest';
import { allGroups } from '../../src/cli/commands/index.js';
import { select } from '../../src/cli/parser.js';
import { vmlane } from './test-io.js';

const groups = await allGroups();

const commands = groups.flatMap((group) => group.commands);
const levels = [[], ...groups.map(({ name }) => [name]), ...commands.map(({ path }) => [...path])];

describe('help', () => {
  it.each(commands.map((one) => [one.path.join(' '), one] as const))(
    '%s has examples, and says what each does',
    (_path, { examples }) => {
      expect(examples.length).toBeGreaterThan(0);
      for (const [, what] of examples) expect(what).not.toBe('');
    },
  );

  it.each([['switch add -h'], ['help switch add'], ['switch add web1.0 --help']])(
    'is asked for with vmlane %s, too',
    async (line) => {
      const usual = await vmlane(['switch', 'add', '--help']);
      expect(await vmlane(line.split(' '))).toEqual(usual);
    },
  );

  it.each(levels.map((words) => [words.join('-') || 'vmlane', words] as const))(
    'of %s',
    async (name, words) => {
      const { status, out, err } = await vmlane([...words, '--help']);
      expect([status, err]).toEqual([0, '']);
      await expect(out).toMatchFileSnapshot(`help/${name}.txt`);
    },
  );

  it.each(commands.flatMap(({ examples }) => examples.map(([line]) => [line])))(
    'has an example that is possible: vmlane %s',
    (line) => {
      const quoted = line.split(' < ')[0]?.match(/'[^']*'|\S+/g) ?? [];
      const words = quoted.map((word) => word.replace(/^'(.*)'$/, '$1'));
      expect(select(words, groups)).toMatchObject({ kind: 'run' });
    },
  );
});

it('--version is that of the package', async () => {
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
  expect(await vmlane(['--version'])).toEqual({ status: 0, out: `${version}\n`, err: '' });
});
