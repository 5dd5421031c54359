import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isAuthorized, readToken } from '../../src/serve/token.js';
import { inFolder } from '../switch/folder.js';

const TOKEN = '0123456789abcdef';

describe('files of a token', () => {
  test.each([
    [`${TOKEN}\n`, 0o600, undefined],
    [`${TOKEN}\r\n`, 0o640, undefined],
    [TOKEN, 0o400, undefined],
    [TOKEN, 0o604, 'others may read or write it'],
    [TOKEN, 0o602, 'others may read or write it'],
    [TOKEN, 0o660, 'its group may write it'],
    ['', 0o600, 'is not one line without blanks'],
    [`${TOKEN}\n\n`, 0o600, 'is not one line without blanks'],
    [`${TOKEN} x`, 0o600, 'is not one line without blanks'],
    [`${TOKEN}ü`, 0o600, 'is not one line without blanks'],
    ['short', 0o600, 'fewer than 16 characters'],
    ['x'.repeat(4097), 0o600, 'is longer than 4096 bytes'],
  ])('%j of mode %o', (content, mode, problem) =>
    inFolder(async (folder) => {
      const file = join(folder, 'token');
      writeFileSync(file, content);
      chmodSync(file, mode);
      if (problem === undefined) expect(await readToken(file)).toBe(TOKEN);
      else await expect(readToken(file)).rejects.toThrow(problem);
    }),
  );

  test('no file, a folder', () =>
    inFolder(async (folder) => {
      await expect(readToken(join(folder, 'none'))).rejects.toThrow('does not exist; make one: ');
      mkdirSync(join(folder, 'sub'));
      await expect(readToken(join(folder, 'sub'))).rejects.toThrow('is not a regular file');
    }));
});

test.each([
  [`Bearer ${TOKEN}`, true],
  [`bearer  ${TOKEN}`, true],
  [TOKEN, false],
  [`Basic ${TOKEN}`, false],
  [`Bearer ${TOKEN}0`, false],
  [`Bearer ${TOKEN.slice(1)}`, false],
  [`Bearer ${TOKEN} x`, false],
  ['Bearer', false],
  ['', false],
  [undefined, false],
])('Authorization: %s: %s', (header, isRight) => expect(isAuthorized(header, TOKEN)).toBe(isRight));
