/** A block of our lines in somebody else's file, between `# begin vmlane: NAME` and `# end vmlane`. */

/** The line before a block. */
export function beginOf(name: string): string {
  return `# begin vmlane: ${name}`;
}

/** The lines between the marks; undefined: no such block. */
export function blockIn(text: string, name: string): string | undefined {
  return pattern(name).exec(text)?.[1];
}

/** A text with the block replaced in place, appended, or removed. */
export function withBlock(text: string, name: string, body: string | undefined): string {
  const block = body === undefined ? '' : `${beginOf(name)}\n${body}# end vmlane\n`;
  if (pattern(name).test(text)) return text.replace(pattern(name), () => block);
  if (block === '') return text;
  return `${text}${gapBefore(text) ? '\n' : ''}${block}`;
}

function pattern(name: string): RegExp {
  return new RegExp(`^${beginOf(name)}\\n([^]*?)^# end vmlane(?:\\n|$)`, 'm');
}

/** Whether a block at the end needs a newline before it. */
export function gapBefore(text: string): boolean {
  return text !== '' && !text.endsWith('\n');
}
