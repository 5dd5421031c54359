import { command } from '../../command.js';
import { json } from '../../options.js';
import { printJson, printTables, table } from '../../output.js';

type Example = import('../../../guests/examples.js').Example;

/** `vmlane domain example` */
export const domainExample = command({
  path: ['domain', 'example'],
  summary: 'Print a spec or a template to begin with; without a name, list them',
  positionals: {},
  optional: { NAME: { describe: 'such as server, or server.xml', names: 'example' } },
  options: { json },
  examples: [
    ['domain example', 'all, and what they are'],
    ['domain example server', "a spec, for 'domain define'"],
    ['domain example desktop.xml', "domain XML, for 'domain generate --template'"],
  ],
  async run({ NAME, json: asJson }, io) {
    const { exampleText, listExamples } = await import('../../../guests/examples.js');
    if (NAME === undefined) {
      const columns = [
        { key: 'name', value: ({ name }: Example) => name },
        { key: 'kind', value: ({ kind }: Example) => kind },
        { key: 'what', value: ({ what }: Example) => what },
      ];
      printTables(io, asJson, [table('examples', columns, listExamples())]);
      return 0;
    }
    const text = exampleText(NAME);
    if (asJson) printJson(io, { name: NAME, text });
    else io.out(text);
    return 0;
  },
});
