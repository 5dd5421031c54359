import { describe, expect, it } from 'vitest';
import { difference, parseTranscript } from './transcript.js';

describe('transcripts', () => {
  it('are pairs of lines and comments', () => {
    expect(parseTranscript('# hi\n> {"id":1}\n# then\n< {"id":"*"}\n')).toEqual([
      { request: '{"id":1}', answer: { id: '*' }, line: 2 },
    ]);
  });

  it.each([
    ['> {}\n> {}\n', 'line 2'],
    ['< {}\n', 'line 1'],
    ['> {}\n', 'line 1: no answer'],
    ['hello\n', 'line 1'],
  ])('that are broken are refused: %j', (text, message) => {
    expect(() => parseTranscript(text)).toThrow(message);
  });
});

describe('difference', () => {
  it.each([
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: '*' }, { a: [3] }],
    [
      [1, '*'],
      [1, 2],
    ],
  ])('takes %j for %j', (expected, actual) => {
    expect(difference(expected, actual)).toBeUndefined();
  });

  it.each([
    [{ a: '*' }, {}, '$.a is missing'],
    [{ a: [1] }, { a: [1, 2] }, '$.a: [1,2] is not a list of 1'],
    [{ a: null }, {}, '$.a: undefined instead of null'],
    [{ a: 1 }, { a: '1' }, '$.a: "1" instead of 1'],
    [{ a: {} }, { a: [] }, '$.a: [] is not an object'],
  ])('does not take %j for %j', (expected, actual, told) => {
    expect(difference(expected, actual)).toBe(told);
  });
});
