/** What the options of `vmlane host setup` ask for. */

import type { PageWish, SetupRequest, SwitchUnit } from '../../../host/setup/request.js';
import { InvalidInput } from '../../../values/errors.js';
import { type Io, say } from '../../io.js';
import { metricsUnitOf } from './metrics-unit.js';

/** Values of the command's options. */
export interface SetupValues {
  pages?: readonly (string | number)[] | undefined;
  'default-pages'?: string | undefined;
  guests?: readonly (string | number)[] | undefined;
  'switch-memory'?: number | undefined;
  'switch-page-size'?: string | undefined;
  now?: boolean | undefined;
  boot?: boolean | undefined;
  iommu?: boolean | undefined;
  vfio?: boolean | undefined;
  sockets?: boolean | undefined;
  apparmor?: boolean | undefined;
  selinux?: boolean | undefined;
  switch?: boolean | undefined;
  metrics?: boolean | undefined;
  domifstat?: boolean | undefined;
  'metrics-listen'?: string | undefined;
  'metrics-token-file'?: string | undefined;
  'qemu-user'?: string | undefined;
  'qemu-group'?: string | undefined;
  'qemu-device'?: readonly (string | number)[] | undefined;
  '--'?: readonly string[] | undefined;
}

const WISHES = [
  ...([
    'pages',
    'default-pages',
    'guests',
    'iommu',
    'vfio',
    'sockets',
    'apparmor',
    'selinux',
    'switch',
    'metrics',
    'domifstat',
  ] as const),
  ...(['qemu-user', 'qemu-group', 'qemu-device'] as const),
];

/** Names of the given options that ask for a change. */
export function wishesOf(values: SetupValues): string[] {
  return WISHES.filter((name) => values[name] !== undefined && values[name] !== false);
}

/** @throws InvalidInput for options that ask for nothing, or do not go together */
export async function wantedOf(values: SetupValues, root: string, io: Io): Promise<SetupRequest> {
  checkTogether(values);
  const { defaultPagesWish, qemuWish } = await import('../../../host/setup/request.js');
  const { now = false, boot = false, 'default-pages': byDefault } = values;
  const service = values.switch ? await switchUnitOf(values['--'] ?? [], root, io) : undefined;
  return {
    pages: await pagesOf(values, root, io),
    now: now || !boot,
    boot: boot || !now,
    iommu: values.iommu === true,
    vfio: values.vfio === true,
    sockets: values.sockets === true,
    apparmor: values.apparmor === true,
    selinux: values.selinux === true,
    domifstat: values.domifstat === true,
    qemu: qemuWish({
      user: values['qemu-user'],
      group: values['qemu-group'],
      devices: (values['qemu-device'] ?? []).map(String),
    }),
    ...(byDefault !== undefined && { defaultPages: defaultPagesWish(byDefault) }),
    ...(service && { switchUnit: service }),
    ...(values.metrics && { metrics: await metricsUnitOf(values, service, root) }),
  };
}

function checkTogether(values: SetupValues): void {
  const refuse = (thing: string, problem: string, remedy: string) =>
    new InvalidInput({ thing, problem, remedy });
  if (wishesOf(values).length === 0) {
    const names = WISHES.map((name) => `--${name}`).join(', ');
    throw refuse('vmlane host setup', 'nothing to set up', `name some of ${names}`);
  }
  const ofPages = ['now', 'boot'] as const;
  const name = ofPages.find((one) => values[one]);
  if (name && values.pages === undefined && values.guests === undefined) {
    throw refuse(`--${name}`, 'is about pages', 'add --pages or --guests');
  }
  if (values['switch-memory'] !== undefined && values.guests === undefined) {
    throw refuse('--switch-memory', 'is for counting pages', 'add --guests');
  }
  if (values['switch-page-size'] !== undefined && values.guests === undefined) {
    throw refuse('--switch-page-size', 'is for counting pages', 'add --guests');
  }
  const ofMetrics = (['metrics-listen', 'metrics-token-file'] as const).find((one) => values[one]);
  if (ofMetrics && !values.metrics) {
    throw refuse(`--${ofMetrics}`, 'is about metrics', 'add --metrics');
  }
  if (values['--'] !== undefined && !values.switch) {
    throw refuse('vmlane host setup', 'takes words after -- with --switch only', 'add --switch');
  }
}

async function pagesOf(values: SetupValues, root: string, io: Io): Promise<PageWish[]> {
  const { pageWishes } = await import('../../../host/setup/request.js');
  const given = (values.pages ?? []).map(String);
  if (!values.guests) return pageWishes(given);
  const { planGuests } = await import('./guests.js');
  const { memoryOfSwitch, readSwitchSettings } = await import('../../../switch/index.js');
  const memory = memoryOfSwitch(readSwitchSettings(undefined, root).settings, {
    given: values['switch-memory'],
    pages: values['switch-page-size'],
  });
  const { blocked, setup } = await planGuests(values.guests.map(String), memory, root, io);
  const [first] = blocked;
  if (first !== undefined) {
    const remedy = "see 'vmlane host plan'";
    throw new InvalidInput({ thing: '--guests', problem: first, remedy });
  }
  if (setup.length === 0) say(io, 'the guests and the switch lack no pages');
  return pageWishes([...given, ...setup]);
}

/** A unit file cannot hold line ends, and a service does not run in the user's folder: paths must be absolute. */
function checkWords(
  words: readonly string[],
  values: Record<string, unknown>,
  paths: readonly string[],
): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being refused
  const odd = words.find((word) => /[\u0000-\u001f\u007f]/.test(word));
  if (odd !== undefined) {
    const problem = 'holds a control character';
    throw new InvalidInput({ thing: `-- ${odd}`, problem, remedy: 'leave it out' });
  }
  for (const name of ['control-socket', 'settings', ...paths]) {
    const relative = [values[name] ?? []].flat().find((path) => !String(path).startsWith('/'));
    if (relative === undefined) continue;
    const thing = `-- --${name} ${relative}`;
    throw new InvalidInput({ thing, problem: 'not an absolute path', remedy: 'begin it with /' });
  }
}

/** The unit for these words of `switch start`, read by its own parser. @throws InvalidInput */
async function switchUnitOf(given: readonly string[], root: string, io: Io): Promise<SwitchUnit> {
  const { select } = await import('../../parser.js');
  const { renamed } = await import('../../renamed.js');
  const { planLaunch, START_NAMES, START_OPTIONS } = await import('../../../switch/index.js');
  const { startOf, switchStart } = await import('../switch/start.js');
  const { switchCommands } = await import('../../../host/setup/programs.js');
  const group = { name: 'switch', summary: '', commands: [switchStart] };
  // The unit gets the current names of options.
  const current = renamed(['switch', 'start', ...given], [group]);
  for (const notice of current.notices) say(io, notice);
  const selection = select(current.words, [group]);
  const words = current.words.slice(2);
  const values = selection.kind === 'run' ? selection.values : { help: true };
  for (const name of ['dry-run', 'json', 'foreground', 'help', 'version']) {
    if (values[name] === undefined) continue;
    const problem = 'is not for a service';
    throw new InvalidInput({ thing: `-- --${name}`, problem, remedy: 'leave it out' });
  }
  const paths = START_NAMES.filter((name) => ['path', 'paths'].includes(START_OPTIONS[name].kind));
  checkWords(words, values, paths);
  // As in the service: without this shell's variables, except the one by which tests name the program.
  const { VMLANE_SWITCH_BINARY } = io.env;
  const { options } = startOf(values, {}, root);
  // The processors of another host are not known here.
  const cpus = root === '/' ? options.cpus : undefined;
  const { controlSocket } = await planLaunch({ ...options, cpus }, { VMLANE_SWITCH_BINARY });
  const unit = switchCommands(words, controlSocket);
  return { ...unit, ...(options.user !== undefined && { user: options.user }) };
}
