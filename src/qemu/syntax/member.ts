/** One property of an option's value. `text` is how it was written and how it is written again. */
export interface Member {
  key: string;
  /** Booleans read `on` and `off` in both syntaxes; undefined for an object, an array or null. */
  value: string | undefined;
  text: string;
  /** Written without its key, as the first of a key=value list may be. */
  implied?: boolean;
}
