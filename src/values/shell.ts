/** Words in a form that a shell reads back, quoted only where needed. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** One word. With control characters, which must not reach a terminal, in bash's `$'…'`. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being replaced
  if (!/[\u0000-\u001f\u007f-\u009f]/.test(word)) return singleQuoted(word);
  const escaped = word
    .replace(/['\\]/g, '\\$&')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being replaced
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, (found) => {
      return `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
  return `$'${escaped}'`;
}

/** One word in single quotes, for any POSIX shell. */
export function singleQuoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
