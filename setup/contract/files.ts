/** The files generated from native/protocol.yaml. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { header } from './c.js';
import { withTables } from './markdown.js';
import { readContract } from './model.js';
import { answers, bounds, types } from './typescript.js';

const CONTRACT = 'native/protocol.yaml';
const DOCUMENT = 'native/PROTOCOL.md';

/** The generated files of the repository at `root`, by path. Throws Error for an invalid contract. */
export function generatedFiles(
  root: string,
  text = readFileSync(join(root, CONTRACT), 'utf8'),
): Map<string, string> {
  const contract = readContract(text);
  const typescript = { bounds, types, answers };
  return new Map([
    ['native/base/contract.h', header(contract)],
    ...Object.entries(typescript).map(([name, write]): [string, string] => {
      const path = `src/contract/${name}.ts`;
      return [path, formatted(root, path, write(contract))];
    }),
    [DOCUMENT, withTables(readFileSync(join(root, DOCUMENT), 'utf8'), contract)],
  ]);
}

/** Formats a text as lint requires. */
function formatted(root: string, path: string, text: string): string {
  const biome = join(root, 'node_modules/.bin/biome');
  return execFileSync(biome, ['check', '--write', `--stdin-file-path=${path}`], {
    input: text,
    cwd: root,
    encoding: 'utf8',
  });
}
