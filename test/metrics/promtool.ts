/** Prometheus' own programs (setup/prometheus-parts). A test that needs them fails without, with this reason. */
import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { Failed } from '../../src/values/errors.js';

export function prometheusProgram(name: 'prometheus' | 'promtool'): string {
  const path = `${process.env.VMLANE_CACHE ?? '/var/cache/vmlane'}/prometheus/${name}`;
  if (existsSync(path)) return path;
  const remedy = 'run: bash setup/prometheus-parts';
  throw new Failed({ thing: path, problem: 'was not fetched', remedy });
}

/** What promtool says; it must be content. */
export async function promtool(words: string[], input = '', cwd = '/'): Promise<string> {
  const options = { all: true, reject: false, input, cwd } as const;
  const { exitCode, all } = await execa(prometheusProgram('promtool'), words, options);
  if (exitCode !== 0) throw new Error(`promtool ${words.join(' ')}: ${all}`);
  return all;
}
