import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { packageRoot } from '../src/switch/paths.js';

/** Builds of native/ that sanitizers watch, below build/ (setup/sanitized). */
export const SANITIZED = { address: 'native-asan', thread: 'native-tsan' } as const;
export type Sanitizer = keyof typeof SANITIZED;

/** What programs of these builds need in their environment, as test/hardened sets it, too. */
export function sanitizerSettings(): Record<string, string> {
  const text = readFileSync(join(packageRoot(), 'test/sanitizers.env'), 'utf8');
  const suppressions = join(packageRoot(), 'native/tsan.supp');
  const settings: Record<string, string> = {};
  for (const [key, value] of Object.entries(parseEnv(text))) {
    if (value !== undefined) settings[key] = value.replace('@SUPPRESSIONS@', suppressions);
  }
  return settings;
}
