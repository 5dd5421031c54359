import { describe, expect, it } from 'vitest';
import { allGroups } from '../../src/cli/commands/index.js';
import { COMMANDS, OPTIONS, renamed } from '../../src/cli/renamed.js';
import { vmlane } from './test-io.js';

const groups = await allGroups();

const commands = groups.flatMap((group) => group.commands);

describe('old names', () => {
  it.each(OPTIONS.map(({ old, now }) => [old, now]))(
    '--%s is --%s of some commands',
    (old, now) => {
      const of = commands.filter(({ options }) => now in options && !(old in options));
      expect(of).not.toEqual([]);
      for (const { path } of of) {
        const is = renamed([...path, `--${old}`, 'x', `--${old}=y`], groups);
        expect(is.words).toEqual([...path, `--${now}`, 'x', `--${now}=y`]);
        expect(is.notices).toEqual([expect.stringContaining(`--${old} is now --${now} (since `)]);
      }
    },
  );

  it.each(COMMANDS.map(({ old, now }) => [old, now]))('%s is %s', (old, now) => {
    const is = renamed([...old.split(' '), 'a', '--json'], groups);
    expect(is.words).toEqual([...now.split(' '), 'a', '--json']);
    expect(is.notices).toHaveLength(1);
    expect(commands.map(({ path }) => path.join(' '))).not.toContain(old);
  });

  it('leaves an option alone that another command really has', () => {
    const words = ['host', 'setup', '--switch', '--', '--cores', '3'];
    expect(renamed(words, groups)).toEqual({ words, notices: [] });
  });

  it('leaves values alone, and what follows --', () => {
    const words = ['wrap', 'explain', '--', '-name', '--switch'];
    expect(renamed(words, groups)).toEqual({ words, notices: [] });
    const same = ['switch', 'start', '--uplink', 'cores'];
    expect(renamed(same, groups)).toEqual({ words: same, notices: [] });
  });

  it('can have other values, too', () => {
    const options = [
      { old: 'kind', now: 'vlan', since: '1', values: { one: '1', two: '2' } },
    ] as const;
    const { words } = renamed(['switch', 'add', 'a', '--kind', 'one', '--kind=two'], groups, {
      options,
      commands: [],
    });
    expect(words).toEqual(['switch', 'add', 'a', '--vlan', '1', '--vlan=2']);
  });

  it('are told before anything else goes wrong', async () => {
    const { status, err } = await vmlane(['switch', 'start', '--cores', '1x']);
    expect(status).toBe(2);
    expect(err.split('\n')).toEqual([
      'vmlane: --cores is now --cpus (since 0.1); the old name goes with the next version',
      expect.stringMatching(/^vmlane switch start: --cpus: "1x" is not a list/),
      '',
    ]);
  });
});
