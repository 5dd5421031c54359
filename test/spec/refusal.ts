import { parseSpec } from '../../src/spec/index.js';
import { InvalidInput } from '../../src/values/errors.js';

/** What parseSpec says of a text. */
export function refusal(text: string): string {
  try {
    parseSpec(text, 's.yaml');
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
  return 'accepted';
}

// A guest that is good but for the lines of a case, which replace what they name.
const GOOD: Record<string, string> = {
  name: 'web1',
  memory: '4GiB',
  disks: '[{file: /srv/web1.qcow2}]',
};

export function spec(changes: Record<string, string>): string {
  const lines = Object.entries({ ...GOOD, ...changes }).filter(([, value]) => value !== '-');
  return lines.map(([key, value]) => `${key}: ${value}`).join('\n');
}
