/** One property of an option's value. `text` is its text, read and written back unchanged. */
export interface Member {
  key: string;
  /** Booleans read `on` and `off` in both syntaxes; undefined for an object, an array or null. */
  value: string | undefined;
  text: string;
  /** Written without its key, which the first of a key=value list may omit. */
  implied?: boolean;
}
