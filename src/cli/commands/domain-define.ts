import { command } from '../command.js';
import { readInput } from '../input.js';
import { say } from '../io.js';
import { flag, json } from '../options.js';
import { printJson } from '../output.js';
import { connectOption, libvirtUri, withLibvirt } from './libvirt.js';
import { xmlOfSpec } from './spec.js';

/** `vmlane domain define` */
export const domainDefine = command({
  path: ['domain', 'define'],
  summary: 'Define a guest in libvirt from a spec file or domain XML',
  positionals: { FILE: { describe: 'spec in YAML or JSON, or domain XML; - is standard input' } },
  options: {
    ...connectOption,
    'dry-run': flag('Print the XML that would be defined, change nothing'),
    json,
  },
  examples: [
    ['domain define web1.yaml', 'define the guest of a spec'],
    ['domain define web1.xml --connect qemu+ssh://host/system', 'XML, on another host'],
    ['domain define web1.yaml --dry-run', 'show what would be defined'],
  ],
  async run({ FILE, connect, json: asJson, ...values }, io) {
    const given = await readInput(FILE, io);
    const xml = given.trimStart().startsWith('<') ? given : await xmlOfSpec(given, FILE);
    const { domainName } = await import('../../domain/index.js');
    const name = domainName(xml);
    const uri = libvirtUri(connect, io.env);
    if (values['dry-run']) {
      if (asJson) printJson(io, { name, uri, xml });
      else io.out(xml);
      return 0;
    }
    await withLibvirt(uri, (libvirt) => libvirt.define(xml));
    say(io, `defined ${name} at ${uri}`);
    if (asJson) printJson(io, { name, uri });
    return 0;
  },
});
