import { oneLine } from './plain.js';

/** The parts of an error message. */
export interface Trouble {
  /** What the error is about, as the user knows it: a path, a key, a guest. */
  thing: string;
  /** What is wrong with it. */
  problem: string;
  /** What to do about it. */
  remedy: string;
}

/** An error whose message is one line: `thing: problem; remedy`. */
export abstract class VmlaneError extends Error {
  /** The command line's exit code for this error. */
  abstract readonly exitCode: 1 | 2;
  readonly trouble: Trouble;

  constructor(trouble: Trouble, options?: ErrorOptions) {
    super(oneLine(`${trouble.thing}: ${trouble.problem}; ${trouble.remedy}`), options);
    this.name = new.target.name;
    this.trouble = trouble;
  }
}

/** Usage or input is wrong; nothing was changed. Exit code 2. */
export class InvalidInput extends VmlaneError {
  readonly exitCode = 2;
}

/** Valid input, but the operation failed. Exit code 1. */
export class Failed extends VmlaneError {
  readonly exitCode = 1;
}

/** The message of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
