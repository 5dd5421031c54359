/** What libFuzzer says while it runs, and at its end. */
export interface Figures {
  runs: number;
  /** Places in the code that were reached, of those that the compiler instrumented. */
  edges: number;
  /** Edges by how often, which tell inputs apart. */
  features: number;
  /** Inputs that each reach something new. */
  inputs: number;
}

const NUMBER: Record<string, keyof Figures> = { cov: 'edges', ft: 'features', corp: 'inputs' };

/** Takes what a line says into the figures: `#1234 NEW cov: 12 ft: 34 corp: 5/67b …`. */
export function readLine(line: string, figures: Figures): void {
  const final = /^stat::number_of_executed_units: +(\d+)/.exec(line);
  if (final) figures.runs = Number(final[1]);
  const runs = /^#(\d+)\t/.exec(line);
  if (!runs) return;
  figures.runs = Number(runs[1]);
  for (const [, name = '', value] of line.matchAll(/\b(cov|ft|corp): (\d+)/g)) {
    const key = NUMBER[name];
    if (key !== undefined) figures[key] = Number(value);
  }
}

/** Where libFuzzer put an input that failed; undefined: there is none. */
export function artifactIn(output: string): string | undefined {
  return /Test unit written to (.+)/.exec(output)?.[1];
}
