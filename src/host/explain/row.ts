/** What an error means. */
export interface Row {
  name: string;
  /** Looked for in the text on one line. Bounded, so that no text takes long. */
  text: RegExp;
  cause: string;
  remedy: string;
  /** Who says it, and where we know it from. */
  source: string;
  /** The kernel says it, so it is looked for in its log. */
  kernel?: true;
}
