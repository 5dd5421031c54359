/** `npm run generate`: writes the files generated from native/protocol.yaml; `-- --check` lists stale ones. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './files.js';

const root = process.cwd();

function isStale([path, text]: [string, string]): boolean {
  try {
    return readFileSync(join(root, path), 'utf8') !== text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

function main(option: string | undefined): number {
  if (option !== undefined && option !== '--check') {
    process.stderr.write(`generate: ${option}: unknown option; the only one is --check\n`);
    return 2;
  }
  const stale = [...generatedFiles(root)].filter(isStale);
  for (const [path, text] of stale) {
    if (option) {
      process.stderr.write(
        `generate: ${path}: older than native/protocol.yaml; run npm run generate\n`,
      );
    } else {
      writeFileSync(join(root, path), text);
      process.stderr.write(`generate: ${path}\n`);
    }
  }
  return option && stale.length > 0 ? 1 : 0;
}

process.exitCode = main(process.argv[2]);
