import { stamped } from './progress.js';

/** A line or more of the demo: a command that is run, what it has said, or what happens. */
export interface Step {
  /** Since the beginning. */
  seconds: number;
  kind: 'command' | 'output' | 'note';
  text: string;
}

/** As a person sees it. */
export function stepText({ seconds, kind, text }: Step): string {
  return stamped(seconds, kind === 'command' ? `$ ${text}` : text);
}

/** Notes steps with their times, and tells each at once. */
export class Recorder {
  readonly steps: Step[] = [];
  readonly #start = Date.now();
  readonly #tell: (step: Step) => void;

  constructor(tell: (step: Step) => void) {
    this.#tell = tell;
  }

  get seconds(): number {
    return Math.round((Date.now() - this.#start) / 10) / 100;
  }

  add(kind: Step['kind'], text: string): void {
    const step = { seconds: this.seconds, kind, text: text.trimEnd() };
    this.steps.push(step);
    this.#tell(step);
  }
}
