import { describe, expect, it } from 'vitest';
import { report } from '../../src/cli/report.js';
import { Failed, InvalidInput } from '../../src/values/errors.js';
import { vmlane } from './test-io.js';

const wrong = new InvalidInput({ thing: 'a.yaml', problem: 'is empty', remedy: 'write a spec' });
const late = new Failed({ thing: '/run/a', problem: 'no answer', remedy: 'see its log' });

function told(error: unknown, asJson: boolean, env: NodeJS.ProcessEnv = {}) {
  let err = '';
  const io = {
    env,
    err: (text: string) => {
      err += text;
    },
  };
  return { status: report(error, asJson, io), err };
}

describe('an error', () => {
  it('is a line for a person', () => {
    const err = 'vmlane: a.yaml: is empty; write a spec\n';
    expect(told(wrong, false)).toEqual({ status: 2, err });
  });

  it('is a line of JSON for a program', () => {
    const { status, err } = told(late, true);
    expect(err).toMatch(/^[^\n]*\n$/);
    const error = { thing: '/run/a', problem: 'no answer', remedy: 'see its log', exit_code: 1 };
    expect([status, JSON.parse(err)]).toEqual([1, { error }]);
  });

  it('of ours is told as one to report', () => {
    const { status, err } = told(new TypeError('x is not a function\nmore'), true);
    const { error } = JSON.parse(err);
    expect([status, error.exit_code, error.thing]).toEqual([1, 1, 'vmlane']);
    expect(error.problem).toBe('unexpected error: x is not a function');
  });

  it('has its stack before the JSON when asked for', () => {
    const lines = told(late, true, { VMLANE_DEBUG: '1' }).err.trimEnd().split('\n');
    expect(lines[1]).toMatch(/^\s+at /);
    expect(JSON.parse(lines.at(-1) ?? '').error.thing).toBe('/run/a');
  });
});

describe('several errors', () => {
  it('are a line each', () => {
    const { status, err } = told(new AggregateError([wrong, wrong]), false);
    expect([status, err.split('\n').length]).toEqual([2, 3]);
  });

  it('are one line of JSON, and failed when one has failed', () => {
    const { status, err } = told(new AggregateError([wrong, late]), true);
    const { error, errors } = JSON.parse(err);
    expect([status, error.thing, errors.length]).toEqual([1, 'a.yaml', 2]);
    expect(errors[1]).toMatchObject({ thing: '/run/a', exit_code: 1 });
  });
});

it.each([
  ['switch ports --json --jsn', 'vmlane switch ports'],
  ['swich ports --json', 'vmlane'],
  ['switch fdb --vlan 5000 --json', 'vmlane switch fdb'],
  ['switch add --json', 'vmlane switch add'],
])('a usage error with --json is JSON: vmlane %s', async (line, thing) => {
  const { status, out, err } = await vmlane(line.split(' '));
  expect([status, out]).toEqual([2, '']);
  expect(JSON.parse(err).error).toMatchObject({ thing, exit_code: 2 });
});
