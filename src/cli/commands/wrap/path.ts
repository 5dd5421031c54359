import { command } from '../../command.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';

/** `vmlane wrap path` */
export const wrapPath = command({
  path: ['wrap', 'path'],
  summary: "Print the path of this installation's qemu-wrap, for <emulator>",
  positionals: {},
  options: { json },
  examples: [['wrap path', 'what a domain names as its emulator']],
  async run({ json: asJson }, io) {
    const { wrapperFile } = await import('../../../host/wrap/installation.js');
    if (asJson) printJson(io, { wrapper: wrapperFile() });
    else io.out(`${wrapperFile()}\n`);
    return 0;
  },
});
