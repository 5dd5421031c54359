import { command } from '../../command.js';

/** `vmlane domain schema` */
export const domainSchema = command({
  path: ['domain', 'schema'],
  summary: 'Print the JSON Schema of spec files, for editors',
  positionals: {},
  options: {},
  examples: [['domain schema', 'name what it prints in an editor, or in the first line of a spec']],
  async run(_, io) {
    const { specJsonSchema } = await import('../../../spec/index.js');
    io.out(`${JSON.stringify(specJsonSchema(), undefined, 2)}\n`);
    return 0;
  },
});
