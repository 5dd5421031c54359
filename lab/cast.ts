/**
 * A recording of `vmlane demo` as an animated picture, without scripts: lines come when they came, and waits are
 * shortened. Where nothing moves, as in print or for who wants none, all lines are there.
 */
import { type Step, stepText } from '../src/trial/record.js';

/** What was typed, and what `vmlane demo --json` has said then. */
export interface Recording {
  typed: string;
  steps: Step[];
}

/** A line on the screen, and when it comes. */
export interface Line {
  at: number;
  kind: string;
  text: string;
}

const COLUMNS = 104;
const SIZE = { font: 13, column: 7.83, row: 18, margin: 16 } as const;
/** The longest wait between two steps, and how long the last picture stays. */
const WAIT_SECONDS = 1.4;
const STAY_SECONDS = 8;

/** The recording's lines, cut to the screen's width in their middle. */
export function linesOf({ typed, steps }: Recording): Line[] {
  let at = 0;
  let before = 0;
  const shown = steps.flatMap((step) => {
    at += Math.min(step.seconds - before, WAIT_SECONDS);
    before = step.seconds;
    const lines = stepText(step).split('\n');
    return lines.map((line) => ({ at, kind: step.kind, text: cut(line, step.kind) }));
  });
  return [{ at: 0, kind: 'command', text: `$ ${typed}` }, ...shown];
}

/** The last words of a long command say most: its network card. */
function cut(line: string, kind: string): string {
  if (line.length <= COLUMNS) return line;
  if (kind !== 'command') return `${line.slice(0, COLUMNS - 2)} …`;
  const end = line.slice(line.length - Math.round(COLUMNS * 0.65)).replace(/^\S*/, '');
  return `${line.slice(0, COLUMNS - end.length - 2).trimEnd()} …${end.replace(/^ +/, ' ')}`;
}

/** The picture. */
export function castSvg(recording: Recording): string {
  const lines = linesOf(recording);
  const total = (lines.at(-1)?.at ?? 0) + STAY_SECONDS;
  const { font, column, row, margin } = SIZE;
  const width = Math.ceil(COLUMNS * column + 2 * margin);
  const height = lines.length * row + 2 * margin;
  const times = [...new Set(lines.map(({ at }) => at))];
  const keyframes = times.map((at, index) => {
    const percent = Number(((100 * at) / total).toFixed(2));
    return index === 0
      ? ''
      : `@keyframes k${index}{0%{opacity:0}${percent}%,100%{opacity:1}}.k${index}{animation:k${index} ${total.toFixed(2)}s step-end infinite}`;
  });
  const texts = lines.map(({ at, kind, text }, index) => {
    const y = margin + index * row + font;
    const words = `class="${kind} k${times.indexOf(at)}" x="${margin}" y="${y}"`;
    return `<text ${words}>${escaped(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">vmlane demo</title>
<desc id="desc">A switch is started, qemu-wrap starts two guests, each pings the other, and the switch shows its ports and addresses. Made by npm run demo:svg of a recording, docs/demo.json.</desc>
<style>
.page{fill:#f6f8fa;stroke:#d0d7de}
text{font:${font}px "DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#57606a;white-space:pre}
.command{fill:#1f2328;font-weight:bold}
.note{fill:#1a7f37}
@media (prefers-color-scheme:dark){.page{fill:#0d1117;stroke:#30363d}text{fill:#9da7b3}.command{fill:#e6edf3}.note{fill:#3fb950}}
@media (prefers-reduced-motion:no-preference){
${keyframes.filter(Boolean).join('\n')}
}
</style>
<rect class="page" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${texts.join('\n')}
</svg>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
