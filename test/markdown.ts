/** A fenced block of code. */
export interface Block {
  language: string;
  /** Of the fence's first line, from 1. */
  line: number;
  text: string;
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

export function blocks(markdown: string): Block[] {
  return [...markdown.matchAll(FENCE)].map((match) => ({
    language: match[1] ?? '',
    line: markdown.slice(0, match.index).split('\n').length,
    text: match[2] ?? '',
  }));
}

/** Code within the lines of text. */
export function inlineCode(markdown: string): string[] {
  const prose = markdown.replace(FENCE, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
}

/** Targets of links and pictures, without the part after `#`. */
export function links(markdown: string): string[] {
  const prose = markdown.replace(FENCE, '').replace(/`[^`\n]+`/g, '');
  return [...prose.matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)].map(([, target]) => target ?? '');
}

/**
 * The commands of a shell block, as words. Knows what the READMEs use: continued lines, quotes,
 * `&&`, pipes, redirections, and a command in a `sh -c` of another.
 */
export function commandsOf(shell: string): string[][] {
  const lines = shell.replace(/\\\n\s*/g, '').split('\n');
  return lines.flatMap((line) => {
    const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
      ([, single, double, bare]) => single ?? double ?? bare ?? '',
    );
    const nested = words.includes('-c') ? commandsOf(words.at(-1) ?? '') : [];
    return [...split(words), ...nested];
  });
}

function split(words: readonly string[]): string[][] {
  const commands: string[][] = [[]];
  for (const word of words) {
    if (word === '&&' || word === '|') commands.push([]);
    else commands.at(-1)?.push(word);
  }
  return commands
    .map((command) => command.slice(0, command.findIndex((word) => /^[<>]/.test(word)) >>> 0))
    .filter((command) => command.length > 0);
}
