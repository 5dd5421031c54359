import { readDomain, refusal } from './read.js';
import { type Placed, scan } from './scan.js';

/** The `<domain>` of a text, with places. @throws InvalidInput as readDomain, and for an encoding other than UTF-8 */
export function openDomain(xml: string): Placed {
  // What is in the text was read as UTF-8; libvirt would read it as it says there.
  const head = /^\ufeff?<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']/.exec(xml);
  if (head && !/^(utf-?8|us-ascii|ascii)$/i.test(head[1] ?? '')) {
    const problem = `its encoding is ${JSON.stringify(head[1]?.slice(0, 40))}`;
    throw refusal(problem, 'save it as UTF-8, and say so in its first line');
  }
  readDomain(xml);
  return scan(xml);
}
