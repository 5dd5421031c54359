import { execa } from 'execa';
import { fetched } from '../../lab/cache.js';

export function prometheusProgram(name: 'prometheus' | 'promtool'): string {
  return fetched(`prometheus/${name}`, 'setup/prometheus-parts');
}

/** What promtool says; it must be content. */
export async function promtool(words: string[], input = '', cwd = '/'): Promise<string> {
  const options = { all: true, reject: false, input, cwd } as const;
  const { exitCode, all } = await execa(prometheusProgram('promtool'), words, options);
  if (exitCode !== 0) throw new Error(`promtool ${words.join(' ')}: ${all}`);
  return all;
}
