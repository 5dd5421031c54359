import { checkOptions, flagsOf } from '../../../guests/apply/choices.js';
import type { DomainPlan, Plan, PlanOptions, WantedWithSeeds } from '../../../guests/apply/plan.js';
import type { FileSet } from '../../../guests/apply/read.js';
import type { Reached } from '../../../guests/reach-switch.js';
import type { Libvirt } from '../../../libvirt/index.js';
import { libvirtUri } from '../../../libvirt/uri.js';
import { Failed, InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { flag, integer, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { errorJson } from '../../report.js';
import { connectOption, withLibvirt } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';
import { seedsOf } from './seeds.js';
import { guestOfSpec, specOptions, xmlOfGuest } from './spec.js';

const DEFAULT_TIMEOUT_S = 60;

const options = {
  file: {
    ...text('file', 'Spec or domain XML file, or a folder of them (*.yaml, *.yml, *.json, *.xml)'),
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
  force: flag('With --restart: take the power off guests that are not off by then'),
  prune: flag('Undefine guests of the set that no file in the folder describes any more'),
  destroy: flag('With --prune: take the power off those that run'),
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
  summary: 'Make guests and their ports what a folder of spec and domain XML files says',
  positionals: {},
  options,
  examples: [
    ['domain apply -f guests', 'define what is new or has changed, set ports of running guests'],
    ['domain apply -f guests --dry-run', 'show what would change'],
    ['domain apply -f guests --start --restart', 'and let all guests run on what the files say'],
    ['domain apply -f guests --prune', 'undefine those whose file is gone'],
    ['domain apply -f ./checkout --set web --prune', 'the same, wherever the folder is'],
  ],
  async run({ connect, 'control-socket': named, json: asJson, ...values }, io) {
    const { readSet } = await import('../../../guests/apply/read.js');
    const { switchOf, withReached } = await import('../../../guests/reach-switch.js');
    const files = await readSet(values.file, async (spec, file) => {
      const guest = await guestOfSpec(spec, file, { uri: libvirtUri(connect, io.env) });
      return { guest, xml: await xmlOfGuest(guest, values, io) };
    });
    const set = checkOptions(values, files);
    throwAll(files.troubles);
    const uri = libvirtUri(connect, io.env);
    const { wanted, troubles } = await withSeeds(files, uri);
    throwAll(troubles);
    return withLibvirt(uri, (libvirt) =>
      withReached(switchOf(uri, named, io.env), async (reached) => {
        const plan = await planned(libvirt, reached, wanted, {
          ...{ ...flagsOf(values), set, named: values.set !== undefined, folder: files.folder },
        });
        throwAll(plan.troubles);
        await checkSwitch(io, plan.domains, reached);
        const dryRun = values['dry-run'] ?? false;
        return apply(io, libvirt, reached, plan.domains, {
          ...{ uri, set, dryRun, asJson: asJson ?? false, force: values.force ?? false },
          timeoutMs: (values.timeout ?? DEFAULT_TIMEOUT_S) * 1000,
        });
      }),
    );
  },
});

/** The images that specs ask for; reads what is there of them. */
async function withSeeds({ wanted }: FileSet, uri: string) {
  const { named } = await import('../../../guests/apply/read.js');
  const found: WantedWithSeeds[] = [];
  const troubles: InvalidInput[] = [];
  for (const one of wanted) {
    try {
      found.push({ ...one, seeds: one.guest ? await seedsOf(one.guest, uri) : [] });
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      troubles.push(named(one.file, error));
    }
  }
  return { wanted: found, troubles };
}

async function planned(
  libvirt: Libvirt,
  { client }: Reached,
  wanted: readonly WantedWithSeeds[],
  options: PlanOptions & { prune: boolean },
): Promise<Plan> {
  const { readPresent } = await import('../../../guests/apply/present.js');
  const { planApply } = await import('../../../guests/apply/plan.js');
  const present = await readPresent(libvirt, wanted, options.set, options.prune);
  return planApply(wanted, present, client && (await client.ports()), options);
}

/** Before anything changes: a guest that runs, or is to, and has ports, needs the switch. */
async function checkSwitch(io: Io, domains: readonly DomainPlan[], reached: Reached) {
  if (reached.client) return;
  const needing = domains.filter(({ requests }) => requests.length > 0);
  const starting = needing.find(({ start, restart }) => start || restart === 'yes');
  if (needing.length > 0 && reached.error) throw reached.error;
  if (starting) {
    const problem = 'it cannot be started from here';
    throw new Failed({ thing: `domain ${starting.name}`, problem, remedy: reached.why });
  }
  for (const { name } of needing) say(io, `${name}: its ports are left alone: ${reached.why}`);
  const { tellOutOfReach } = await import('../../../guests/remove-ports.js');
  for (const { name, gone } of domains) {
    if (gone.length > 0) tellOutOfReach((text) => say(io, text), name, reached);
  }
}

interface How {
  uri: string;
  set: string;
  dryRun: boolean;
  asJson: boolean;
  force: boolean;
  timeoutMs: number;
}

async function apply(
  io: Io,
  libvirt: Libvirt,
  { client }: Reached,
  domains: readonly DomainPlan[],
  { uri, set, dryRun, asJson, force, timeoutMs }: How,
): Promise<number> {
  const { carryOut } = await import('../../../guests/apply/carry-out.js');
  const { planJson, planText } = await import('../../apply-plan.js');
  if (!asJson) for (const one of domains) io.out(planText(one, io.color));
  const stop = { force, timeoutMs, say: (text: string) => say(io, text) };
  const signal = io.interrupted();
  const told = 'it ends once what is under way is done; a second signal ends it at once';
  signal.addEventListener('abort', () => say(io, told), { once: true });
  const { done, left, errors, takenBack } = await carryOut(dryRun ? [] : domains, {
    ...{ libvirt, client },
    stop: { ...stop, signal },
  });
  if (asJson) {
    printJson(io, {
      ...{ uri, set, dry_run: dryRun, changed: done.size > 0, taken_back: takenBack },
      errors: errors.map(errorJson),
      left: left.map((one) => ({ ...one })),
      domains: domains.map((one) => planJson(one, done.get(one.name) ?? [])),
    });
  }
  if (errors.length === 0) {
    if (!dryRun && done.size === 0) say(io, 'nothing to change');
    return 0;
  }
  const missing = left.map(({ name, deed }) => `${name}: ${deed}`).join(', ');
  say(io, takenBack ? 'all that was done is taken back' : `not done: ${missing}`);
  throwAll(errors);
  return 1;
}

/** @throws the error, an AggregateError of several */
function throwAll(errors: readonly unknown[]): void {
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
}
