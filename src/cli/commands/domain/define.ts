import type { PlannedSeed } from '../../../guests/seed.js';
import { libvirtUri } from '../../../libvirt/uri.js';
import { readInput } from '../../../system/input.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { flag, json } from '../../options.js';
import { autostartText, printJson } from '../../output.js';
import { connectOption, withLibvirt } from '../libvirt.js';
import { guestOfSpec, specOptions, xmlOfGuest } from './spec.js';

/** `vmlane domain define` */
export const domainDefine = command({
  path: ['domain', 'define'],
  summary: 'Define a guest in libvirt from a spec file or domain XML',
  positionals: {
    FILE: { describe: 'spec in YAML or JSON, or domain XML; - is standard input', names: 'file' },
  },
  options: {
    ...connectOption,
    ...specOptions,
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
    const uri = libvirtUri(connect, io.env);
    const isXml = given.trimStart().startsWith('<');
    if (isXml) onlySpecs(values);
    const guest = isXml ? undefined : await guestOfSpec(given, FILE, { uri });
    const xml = guest ? await xmlOfGuest(guest, values, io) : given;
    const { openDomain } = await import('../../../domain/index.js');
    const { name } = openDomain(xml);
    const { seedsOf } = await import('../../../guests/spec.js');
    const seeds = guest ? await seedsOf(guest, uri) : [];
    const { autostart } = guest ?? {};
    const told = {
      ...{ name, uri, seeds: seeds.map(({ path }) => path) },
      autostart: autostart ?? null,
    };
    if (values['dry-run']) {
      for (const { path, state } of seeds) {
        if (state !== 'here') say(io, `would make ${path}`);
      }
      if (autostart !== undefined) say(io, `would set ${autostartText(autostart)}`);
      if (asJson) printJson(io, { ...told, xml });
      else io.out(xml);
      return 0;
    }
    await withLibvirt(uri, async (libvirt) => {
      await defineWith(seeds, io, () => libvirt.define(xml));
      say(io, `defined ${name} at ${uri}`);
      if (autostart === undefined) return;
      await libvirt.autostart(name, autostart);
      say(io, autostartText(autostart));
    });
    if (asJson) printJson(io, told);
    return 0;
  },
});

function onlySpecs(values: {
  'libvirt-version'?: string | undefined;
  template?: string | undefined;
}) {
  for (const name of ['libvirt-version', 'template'] as const) {
    if (values[name] === undefined) continue;
    const problem = 'is for specs, and this is domain XML';
    throw new InvalidInput({ thing: `--${name}`, problem, remedy: 'leave it out' });
  }
}

/** Makes the images first, and removes them if the define fails. */
async function defineWith(seeds: readonly PlannedSeed[], io: Io, define: () => Promise<void>) {
  if (seeds.length === 0) return define();
  const { makeSeeds } = await import('../../../guests/seed.js');
  const undo = await makeSeeds(seeds);
  try {
    await define();
  } catch (error) {
    await undo();
    throw error;
  }
  for (const { path, state } of seeds) if (state !== 'here') say(io, `made ${path}`);
}
