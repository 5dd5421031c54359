import { guestOf, loadSettings } from '../../../host/wrap/settings/index.js';
import { architectureOf, renderEdits, rewrite, type Step } from '../../../qemu/index.js';
import { readTokens } from '../../../switch/vf-token.js';
import { readHost } from '../../../system/host.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';

/** `vmlane wrap explain` */
export const wrapExplain = command({
  path: ['wrap', 'explain'],
  summary: "Show how qemu-wrap rewrites QEMU's arguments; runs nothing",
  positionals: {},
  rest: 'ARGS',
  options: { json },
  examples: [
    ['wrap explain -- -m 1G -netdev tap,id=n -device virtio-net,netdev=n', 'for a person'],
    ['wrap explain --json -- ARGS', 'for a program'],
  ],
  async run(values, io) {
    const given = values['--'];
    if (!given || given.length === 0) {
      throw new InvalidInput({
        thing: 'vmlane wrap explain',
        problem: 'no arguments to explain',
        remedy: "give QEMU's arguments after --",
      });
    }
    const settings = await loadSettings(io.env, guestOf(given));
    const architecture = architectureOf(settings.emulator);
    const read = readHost(given, settings.policy);
    const shown = 'UUID'; // what is printed is no secret
    const tokens = await readTokens(given, read.configs ?? new Map(), settings.switchSocket, {
      shown,
    });
    const host = { ...read, ...tokens, architecture };
    const { argv, edits, ports, steps, notes, untouched } = rewrite(given, settings.policy, host);
    if (values.json) {
      printJson(io, {
        argv: [settings.emulator, ...argv],
        edits: edits.map((edit) => ({ ...edit })),
        ports: ports.map((port) => ({ ...port })),
        steps: steps.map((step) => ({ ...step })),
        notes,
        untouched: untouched ?? null,
      });
      return 0;
    }
    io.out(`  ${settings.emulator}\n${renderEdits(edits, { color: io.color })}`);
    for (const { name, path, listener } of ports) {
      io.out(
        `\nport ${name} at ${path}, ${listener === 'switch' ? 'the switch listens' : 'QEMU listens'}\n`,
      );
    }
    for (const step of steps) io.out(`\nfirst: ${described(step)}\n`);
    for (const note of notes) io.out(`\nnote: ${note}\n`);
    if (untouched !== undefined) io.out(`\nunchanged: ${untouched}\n`);
    return 0;
  },
});

function described(step: Step): string {
  switch (step.do) {
    case 'open':
      return `open ${step.path} as descriptor ${step.fd}`;
    case 'enable':
      return `write 1 to ${step.path}`;
    case 'adopt':
      return `the descriptor whose number is in ${step.path} becomes ${step.fd}`;
  }
}
