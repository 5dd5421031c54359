import { nameOf } from '../input.js';

/** Domain XML of a spec's text; `file` is how messages call it. Throws InvalidInput. */
export async function xmlOfSpec(text: string, file: string): Promise<string> {
  // Loaded only here: schema, YAML and XML take longer to load than other commands take to run.
  const { parseSpec } = await import('../../spec/index.js');
  const { domainXml } = await import('../../domain/index.js');
  return domainXml(parseSpec(text, nameOf(file)));
}
