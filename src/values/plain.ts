/** Text from elsewhere: names from files, from the network, from a switch that may have been taken over. */

/** They move the cursor, end a line, or begin an escape sequence: C0, DEL, and C1 of ISO 6429. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being replaced
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;

/** For a terminal: each such character as a question mark. */
export function plain(text: string): string {
  return text.replace(CONTROLS, '?');
}

/** For a message: a space in place of any number of them. */
export function oneLine(text: string): string {
  return text.replace(CONTROLS, '\n').replace(/\n+/g, ' ').trim();
}
