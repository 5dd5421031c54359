/**
 * Measures the conversion of domain XML to the ports of a guest, in this process: `node
 * dist/bench/domain-xml.js`, once the tree is built. The documents are those of test/data with
 * vhost-user NICs. Each round converts every document once; stdout has the median. Measures this
 * process's cpu time, so that other work on the machine hardly counts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDomain } from '../src/domain/index.js';
import { packageRoot } from '../src/switch/paths.js';
import { InvalidInput } from '../src/values/errors.js';
import { spread } from './figures.js';

const FOLDERS = ['convert', 'domain', 'validate'];

function documents(): string[] {
  const folders = FOLDERS.map((name) => join(packageRoot(), 'test/data', name));
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const texts = files
    .filter((file) => file.endsWith('.xml'))
    .map((file) => readFileSync(file, 'utf8'));
  return texts.filter((text) => text.includes('vhostuser') && (portsOf(text) ?? 0) > 0);
}

/** Undefined: they are refused. */
function portsOf(text: string): number | undefined {
  try {
    return openDomain(text).portRequests().length;
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } });
const texts = documents();
const perSecond: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const begin = process.cpuUsage();
  for (const text of texts) portsOf(text);
  const { user, system } = process.cpuUsage(begin);
  perSecond.push((texts.length * 1e6) / (user + system));
}
const { median, min, max } = spread(perSecond);
const [middle, low, high] = [median, min, max].map((one) => Math.round(one));
process.stdout.write(
  `domain XML -> ports: ${middle} documents/s (${low}-${high}), ${texts.length} documents\n`,
);
