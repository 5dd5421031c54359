/** What happened in a test, as a page: each step with what was said, and places as they are on a node. */
export class Transcript {
  #text = '';
  readonly #places: readonly (readonly [string, string])[];

  /** `places`: the test's own, and what a node has. */
  constructor(places: readonly (readonly [string, string])[]) {
    this.#places = places;
  }

  prose(text: string): void {
    this.#text += `${text}\n\n`;
  }

  data(value: unknown): void {
    this.#text += `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\`\n\n`;
  }

  lines(text: string): void {
    this.#text += `\`\`\`\n${text.trimEnd()}\n\`\`\`\n\n`;
  }

  get text(): string {
    const there = this.#places.reduce<string>(
      (so, [ours, real]) => so.replaceAll(ours, real),
      this.#text,
    );
    return `${there.trimEnd()}\n`;
  }
}
