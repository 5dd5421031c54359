import { writeFile } from 'node:fs/promises';
import { command } from '../command.js';
import { fileTrouble, readInput } from '../input.js';
import { say } from '../io.js';
import { text } from '../options.js';
import { xmlOfSpec } from './spec.js';

/** `vmlane domain generate` */
export const domainGenerate = command({
  path: ['domain', 'generate'],
  summary: 'Make libvirt domain XML from a spec file',
  positionals: { FILE: { describe: 'spec in YAML or JSON; - is standard input' } },
  options: { output: text('output', 'Write the XML to this file, not to standard output') },
  examples: [
    ['domain generate web1.yaml', 'print the XML'],
    ['domain generate web1.yaml --output a.xml', 'write it to a file'],
    ['domain generate - < web1.yaml', 'as a filter'],
  ],
  async run({ FILE, output }, io) {
    const xml = await xmlOfSpec(await readInput(FILE, io), FILE);
    if (output === undefined) {
      io.out(xml);
      return 0;
    }
    try {
      await writeFile(output, xml);
    } catch (cause) {
      throw fileTrouble(output, cause as NodeJS.ErrnoException);
    }
    say(io, `wrote ${output}`);
    return 0;
  },
});
