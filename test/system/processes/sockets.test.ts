import { expect, test } from 'vitest';
import { listeningPaths } from '../../../src/system/processes/sockets.js';

test('listeningPaths finds listening sockets only, blanks in their paths included', () => {
  const table = [
    'Num       RefCount Protocol Flags    Type St Inode Path',
    '0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/a b.sock',
    '0000000000000000: 00000003 00000000 00000000 0001 03 12346 /run/connected',
    '0000000000000000: 00000002 00000000 00010000 0005 01  2346 @abstract',
    '0000000000000000: 00000003 00000000 00000000 0001 03 12347',
    '',
  ].join('\n');
  expect([...listeningPaths(table)]).toEqual(['/run/a b.sock', '@abstract']);
});
