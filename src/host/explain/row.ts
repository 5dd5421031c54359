/** A known error and its meaning. */
export interface Row {
  name: string;
  /** Matched against the text on one line. Repetitions are bounded, so that no text takes long. */
  text: RegExp;
  cause: string;
  remedy: string;
  /** Which program prints it, and where we know it from. */
  source: string;
  /** It comes from the kernel, so the kernel's log is searched for it. */
  kernel?: true;
}
