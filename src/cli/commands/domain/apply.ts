import type { Applied } from '../../../guests/apply/index.js';
import { libvirtUri } from '../../../libvirt/uri.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { optionsNamed } from '../../option-names.js';
import { flag, integer, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { errorJson } from '../../report.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';
import { withHost } from './host.js';
import { domainOptions, specOptions } from './spec.js';

const DEFAULT_TIMEOUT_S = 60;

const options = {
  file: {
    ...text(
      'file',
      'Spec or domain XML file, or a folder of them (*.yaml, *.yml, *.json, *.xml)',
      'file',
    ),
    alias: 'f',
    demandOption: true,
  },
  start: flag('Start guests that are off'),
  restart: flag('Stop and start guests that run on another definition'),
  timeout: integer(
    'timeout',
    1,
    86_400,
    `With --restart: seconds to shut down in [default: ${DEFAULT_TIMEOUT_S}]`,
  ),
  force: flag('With --restart: power off guests that are not off by then'),
  prune: flag('Undefine guests of the set that no file in the folder describes any more'),
  destroy: flag('With --prune: power off those that run'),
  set: text(
    'set',
    'The set that the guests belong to [default: that of the folder, by its name, path and host]',
  ),
  ...connectOption,
  ...specOptions,
  ...controlSocket,
  'dry-run': flag('Print the plan, change nothing'),
  json,
} as const;

/** `vmlane domain apply` */
export const domainApply = command({
  path: ['domain', 'apply'],
  summary: 'Bring guests and ports in line with a folder of spec and domain XML files',
  positionals: {},
  options,
  examples: [
    ['domain apply -f guests', 'define what is new or has changed, set ports of running guests'],
    ['domain apply -f guests --dry-run', 'show what would change'],
    ['domain apply -f guests --start --restart', 'and let all guests run on what the files say'],
    ['domain apply -f guests --prune', 'undefine those whose file is gone'],
    ['domain apply -f ./checkout --set web --prune', 'the same, wherever the folder is'],
  ],
  manual: async () => (await import('./apply-manual.js')).manual,
  async run({ json: asJson = false, 'dry-run': dryRun = false, ...values }, io) {
    checkTogether(values);
    const { applySet, setName } = await import('../../../guests/apply/index.js');
    const { InvalidSet, readSet } = await import('../../../guests/apply/read.js');
    const { planJson, planText } = await import('../../apply-plan.js');
    const tell = (line: string) => say(io, line);
    const uri = libvirtUri(values.connect, io.env);
    try {
      const { set, prune } = values;
      const made = await domainOptions(values, io);
      const files = await readSet(values.file, { ...made, uri, tell });
      // Before libvirt is connected to.
      await optionsNamed(['set', 'prune'], async () => setName(files, { set, prune }));
      return await withHost(values, io, async (host) => {
        const { start, restart, destroy, force, timeout } = values;
        const applied = await applySet(host, files, {
          ...{ set, prune, start, restart, destroy, force, dryRun, tell },
          ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
          signal: interruptedSignal(io),
          onPlan: (domains) => {
            if (!asJson) for (const one of domains) io.out(planText(one, io.color));
          },
        });
        if (asJson) {
          const { domains, done, left, errors, takenBack } = applied;
          printJson(io, {
            ...{
              uri,
              set: applied.set,
              dry_run: dryRun,
              changed: done.size > 0,
              taken_back: takenBack,
            },
            errors: errors.map(errorJson),
            left: left.map((one) => ({ ...one })),
            domains: domains.map((one) => planJson(one, done.get(one.name) ?? [])),
          });
        }
        return conclude(io, applied, dryRun);
      });
    } catch (error) {
      if (!(error instanceof InvalidSet)) throw error;
      throw severalErrors(error.troubles);
    }
  },
});

/** Options that need another one. */
const OF = { destroy: 'prune', force: 'restart', timeout: 'restart' } as const;

type Together = Partial<Record<'prune' | 'restart' | keyof typeof OF, unknown>>;

function checkTogether({ file, ...values }: Together & { file: string }): void {
  if (file === '-') {
    const remedy = "name a file or a folder; 'vmlane domain define -' takes one domain";
    throw new InvalidInput({ thing: '--file -', problem: 'is standard input', remedy });
  }
  for (const option of ['destroy', 'force', 'timeout'] as const) {
    const other = OF[option];
    if (!values[option] || values[other]) continue;
    const problem = `has no meaning without --${other}`;
    throw new InvalidInput({ thing: `--${option}`, problem, remedy: 'give both, or neither' });
  }
}

function interruptedSignal(io: Io): AbortSignal {
  const signal = io.interrupted();
  const described = 'it ends once what is under way is done; a second signal ends it at once';
  signal.addEventListener('abort', () => say(io, described), { once: true });
  return signal;
}

/** Reports the steps that were not done, and throws what went wrong. */
function conclude(io: Io, { done, left, errors, takenBack }: Applied, dryRun: boolean): number {
  if (errors.length === 0) {
    if (!dryRun && done.size === 0) say(io, 'nothing to change');
    return 0;
  }
  const missing = left.map(({ name, action }) => `${name}: ${action}`).join(', ');
  say(io, takenBack ? 'all that was done is taken back' : `not done: ${missing}`);
  throw severalErrors(errors);
}

/** One error for all of them; report.ts prints each. */
function severalErrors(errors: readonly unknown[]): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors);
}
