import { writeFile } from 'node:fs/promises';
import { seedDisks } from '../../../spec/seeds.js';
import { fileTrouble, readInput } from '../../../system/input.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { text } from '../../options.js';
import { guestOfSpec, specOptions, xmlOfGuest } from './spec.js';

/** `vmlane domain generate` */
export const domainGenerate = command({
  path: ['domain', 'generate'],
  summary: 'Generate libvirt domain XML from a spec file',
  positionals: { FILE: { describe: 'spec in YAML or JSON; - is standard input', names: 'file' } },
  options: {
    output: text('output', 'Write the XML to this file, not to standard output', 'file'),
    ...specOptions,
  },
  examples: [
    ['domain generate web1.yaml', 'print the XML'],
    ['domain generate web1.yaml --output a.xml', 'write it to a file'],
    ['domain generate web1.yaml --libvirt-version 6.0', 'for an older host'],
    ['domain generate web1.yaml --template mine.xml', 'into a domain of your own'],
    ['domain generate - < web1.yaml', 'as a filter'],
  ],
  manual: async () => (await import('./generate-manual.js')).manual,
  async run({ FILE, output, ...values }, io) {
    const guest = await guestOfSpec(await readInput(FILE, io), FILE);
    const xml = await xmlOfGuest(guest, values, io);
    for (const { path } of seedDisks(guest)) {
      say(io, `${guest.name}: ${path} is made by 'vmlane domain define'`);
    }
    if (guest.autostart !== undefined) {
      say(io, `${guest.name}: autostart is set by 'vmlane domain define', the XML cannot say it`);
    }
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
