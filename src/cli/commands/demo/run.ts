import { Failed, InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { choice, flag, json, text } from '../../options.js';
import { keyed, printJson } from '../../output.js';

type Shown = import('../../../trial/run.js').Shown;
type Step = import('../../../trial/record.js').Step;

/** `vmlane demo` */
export const demoRun = command({
  path: ['demo', 'run'],
  summary: 'Two guests on a switch of their own ping each other; nothing of it is left',
  positionals: {},
  options: {
    kernel: text('kernel', "The guests' kernel [default: this host's]", 'file'),
    modules: text(
      'modules',
      'Folder with its modules, as in /lib/modules [default: the one of that kernel]',
      'file',
    ),
    busybox: text('busybox', 'A static busybox [default: the installed one]', 'file'),
    accel: choice(
      'accel',
      ['kvm', 'tcg'],
      'What runs the guests [default: kvm, and tcg, which emulates, where KVM does not run them]',
    ),
    'dry-run': flag('Show what would be run, run nothing'),
    json,
  },
  examples: [
    ['demo', 'see that it works here; the host, its libvirt and its switch are not touched'],
    ['demo --dry-run', 'the commands that it would run'],
    ['demo --kernel vmlinuz --modules modules', 'in a container, which has no kernel'],
    ['demo --json', 'each step with its time, for a program'],
  ],
  manual: async () => (await import('./run-manual.js')).manual,
  async run({ 'dry-run': dry, json: asJson, ...chosen }, io) {
    const { findOnHost } = await import('../../../trial/host.js');
    const found = await findOnHost(chosen, io.env);
    if (dry) {
      const { planLines } = await import('../../../trial/plan.js');
      const { EXAMPLE_FOLDER } = await import('../../../trial/folder.js');
      const host = { ...found, folder: EXAMPLE_FOLDER, kernel: found.kernel.file };
      const lines = planLines(host, found.accelerators[0] ?? 'tcg');
      if (asJson) printJson(io, { kernel: host.kernel, modules: found.modules, commands: lines });
      else io.out(`${lines.join('\n')}\n`);
      return 0;
    }
    if (process.geteuid?.() !== 0) {
      const problem = 'is for root, as the switch is';
      throw new InvalidInput({ thing: 'vmlane demo', problem, remedy: 'run: sudo vmlane demo' });
    }
    const { runTrial } = await import('../../../trial/run.js');
    const { stepText } = await import('../../../trial/record.js');
    const tell = (step: Step) => {
      if (!asJson) io.out(`${stepText(step)}\n`);
    };
    if (!asJson) say(io, `guests of ${found.kernel.file}, ${found.busybox} and ${found.emulator}`);
    const shown = await io.held(async (signal) => {
      try {
        return await runTrial(found, { env: io.env, signal, tell });
      } catch (error) {
        // Several: it could not be ended in order.
        if (!signal.aborted || error instanceof AggregateError) throw error;
        throw new Failed({
          thing: 'demo',
          problem: 'interrupted',
          remedy: 'nothing of it is left',
        });
      }
    });
    if (asJson) printShown(shown, io);
    return 0;
  },
});

function printShown({ accelerator, pings, seconds, steps }: Shown, io: Io) {
  printJson(io, {
    accelerator,
    seconds,
    pings: pings.map(({ from, to, result: { sent, times } }) => {
      return { from, to, sent, received: times.size, times_ms: [...times.values()] };
    }),
    steps: steps.map((step) => keyed({ ...step })),
  });
}
