/** Numbers and times as a person reads them. */

const PREFIXES = ['', 'k', 'M', 'G', 'T'];

/** `0`, `12.3 k`, `1.25 G`: three digits; 1,000 of one are the next. */
export function rate(value: number): string {
  if (value === 0) return '0';
  let step = 0;
  let rest = value;
  // What would be rounded to 1000 is one of the next.
  while (rest >= 999.5 && step < PREFIXES.length - 1) {
    rest /= 1000;
    step += 1;
  }
  if (rest < 0.05) return '<0.1';
  const digits = rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : step === 0 ? 1 : 2;
  const text = String(Number(rest.toFixed(digits)));
  return step === 0 ? text : `${text} ${PREFIXES[step]}`;
}

/** With a mark at the thousands. */
export function whole(value: number): string {
  return value.toLocaleString('en');
}

/** `3 d 4 h`, `5 min`, `12 s`: the two greatest. */
export function duration(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds));
  const parts: [number, string][] = [
    [Math.floor(left / 86_400), 'd'],
    [Math.floor(left / 3600) % 24, 'h'],
    [Math.floor(left / 60) % 60, 'min'],
    [left % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0 s';
  const shown = parts.slice(first, first + 2).filter(([value]) => value > 0);
  return shown.map(([value, unit]) => `${value} ${unit}`).join(' ');
}

/** The time of day where this browser is. */
export function clockOf(time: string | number): string {
  return new Date(time).toLocaleTimeString('en-GB');
}

/** At most so many characters; the middle is left out, as names differ at both ends. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}
