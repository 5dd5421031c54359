import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { integer, json, text, texts } from '../../options.js';
import { printJson, renderTable, table } from '../../output.js';

export const switchMemory = integer(
  'switch-memory',
  0,
  1_048_576,
  "Memory of the switch in MiB; 0: it runs already, or will not [default: its settings file's, else as 'switch start' has it]",
);

export const switchPageSize = text(
  'switch-page-size',
  "Size of the switch's huge pages, such as 2MiB [default: its settings file's page-size, else the smallest of guests']",
);

/** Relays that will be added, beside those in the settings file. */
export const moreRelays = integer(
  'relays',
  0,
  512,
  'Relays that the switch will have beside the static ones of its settings file [default: 0]',
);

/** `vmlane host plan` */
export const hostPlan = command({
  path: ['host', 'plan'],
  summary: 'Show whether guests fit into the memory of this host, and what is missing',
  positionals: {},
  several: {
    name: 'SPEC',
    describe: 'specs in YAML or JSON, or domain XML',
    optional: true,
    names: 'file',
  },
  options: {
    guests: texts('The same as SPEC', 'file'),
    'switch-memory': switchMemory,
    'switch-page-size': switchPageSize,
    relays: moreRelays,
    root: text('root', 'Folder that stands for / [default: /]', 'file'),
    json,
  },
  examples: [
    ['host plan web1.yaml web2.yaml', 'pages by size and node, and the line that makes them'],
    ['host plan web1.yaml --relays 30', 'with a switch that relays for 30 VFs'],
    [
      'host plan web1.yaml --switch-page-size 2MiB',
      'with a switch that leaves 1 GiB pages to guests',
    ],
    ['host plan --guests web1.xml --switch-memory 512', 'with a switch that has an uplink'],
  ],
  async run({ words, guests: more = [], root = '/', json: asJson, ...values }, io) {
    const files = [...more.map(String), ...words];
    if (files.length === 0) {
      const remedy = 'name specs or domain XML of guests';
      throw new InvalidInput({ thing: 'vmlane host plan', problem: 'SPEC is missing', remedy });
    }
    const { planGuests } = await import('./guests.js');
    const { inWords } = await import('../../../qemu/memory/pages.js');
    const { memoryOfSwitch, readSwitchSettings } = await import('../../../switch/index.js');
    const { settings } = readSwitchSettings(undefined, root);
    const given = {
      more: values.relays,
      given: values['switch-memory'],
      pages: values['switch-page-size'],
    };
    const memory = memoryOfSwitch(settings, given);
    const found = await planGuests(files, memory, root, io);
    const { guests, pages, ordinary, problems, setup, crossing } = found;
    const fits = problems.length === 0;
    const line = ['vmlane host setup', ...setup.map((one) => `--pages ${one}`)].join(' ');
    const memlocks = guests.filter(({ memlock }) => memlock > 0);
    if (asJson) {
      printJson(io, {
        fits,
        pages: pages.map(({ pageSize, node = null, ...counts }) => {
          return { page_size: pageSize, node, ...counts };
        }),
        ordinary: {
          needed: ordinary.needed,
          for_pages: ordinary.forPages,
          free: ordinary.free,
        },
        switch: {
          mib: memory.mib,
          page_size: memory.pageSize ?? null,
          relays: memory.relays,
          relays_mib: memory.relaysMib,
        },
        memlock: memlocks.map(({ name, memlock }) => ({ guest: name, bytes: memlock })),
        problems: [...problems],
        warnings: [...crossing],
        setup: [...setup],
      });
      return fits ? 0 : 1;
    }
    const columns = [
      { key: 'what', value: ([what]: Row) => what },
      { key: 'needed', value: ([, needed]: Row) => needed },
      { key: 'free', value: ([, , free]: Row) => free },
      { key: 'missing', value: ([, , , missing]: Row) => missing },
    ];
    const rows = pages.map(({ pageSize, node, needed, free, missing }): Row => {
      const where = node === undefined ? '' : `, node ${node}`;
      return [`pages of ${inWords(pageSize)}${where}`, needed, free, missing];
    });
    const mib = (bytes: number) => Math.ceil(bytes / 2 ** 20);
    const lack = Math.max(0, ordinary.needed + ordinary.forPages - ordinary.free);
    const ordinaryNeed = ordinary.needed + ordinary.forPages;
    rows.push(['memory in MiB', mib(ordinaryNeed), mib(ordinary.free), mib(lack)]);
    io.out(renderTable(table('memory', columns, rows), io.color));
    if (memory.relaysMib > 0) {
      const of = `of which its relays (${memory.relays}) have ${memory.relaysMib}`;
      io.out(`the switch takes ${memory.mib} MiB, ${of}\n`);
    }
    for (const { name, memlock } of memlocks) {
      io.out(
        `${name} locks ${mib(memlock)} MiB; without libvirt, allow it: ulimit -l ${memlock / 1024}\n`,
      );
    }
    for (const problem of problems) say(io, problem);
    for (const line of crossing) say(io, `warning: ${line}`);
    if (setup.length > 0) say(io, `to have them: ${line}`);
    else if (fits) say(io, 'everything fits');
    return fits ? 0 : 1;
  },
});

type Row = [what: string, needed: number, free: number, missing: number];
