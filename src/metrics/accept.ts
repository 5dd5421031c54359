import type { Format } from './text.js';

/** Which form a client wants, by its header `Accept`; the older one unless it names the newer. */
export function formatFor(accept = ''): Format {
  let newer = 0;
  let older = 0;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const of = new Map(parameters.map((one) => [one.split('=')[0], one.split('=')[1]] as const));
    const quality = of.has('q') ? Number(of.get('q')) : 1;
    if (!(quality > 0 && quality <= 1)) continue;
    const version = of.get('version')?.replaceAll('"', '');
    if (type === 'application/openmetrics-text' && (version ?? '1.0.0') === '1.0.0')
      newer = Math.max(newer, quality);
    if (['text/plain', 'text/*', '*/*'].includes(type)) older = Math.max(older, quality);
  }
  return newer > 0 && newer >= older ? 'openmetrics' : 'text';
}
