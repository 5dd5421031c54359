import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { flag, json, text, texts } from '../../options.js';
import { printJson } from '../../output.js';
import { switchMemory, switchPageSize } from './plan.js';
import { showJournal, showPlan } from './show.js';
import { type SetupValues, wantedOf, wishesOf } from './wanted.js';

/** `vmlane host setup` */
export const hostSetup = command({
  path: ['host', 'setup'],
  summary: 'Make this host ready: huge pages, IOMMU, libvirt, folders, the switch as a service',
  positionals: {},
  rest: 'options of switch start',
  options: {
    pages: texts('Huge pages as SIZE:COUNT or SIZE:COUNT@NODE, such as 1GiB:8 or 2MiB:512@0'),
    'default-pages': text(
      'default-pages',
      "Size of the huge pages that are meant where none is said, such as 1GiB: from the next boot on, by the kernel's command line",
    ),
    guests: texts('Spec or domain XML of a guest: the pages that guests and switch lack', 'file'),
    'switch-memory': switchMemory,
    'switch-page-size': switchPageSize,
    now: flag('Pages now; not at every boot unless --boot is given, too'),
    boot: flag('Pages at every boot; not now unless --now is given, too'),
    iommu: flag("The IOMMU, by the kernel's command line"),
    vfio: flag('The module vfio-pci, now and at every boot'),
    sockets: flag("The folders of the sockets, the guests' open to QEMU, now and at every boot"),
    'qemu-user': text('qemu-user', 'User that libvirt runs QEMU as'),
    'qemu-group': text('qemu-group', "QEMU's group, for libvirt and for the folder"),
    'qemu-device': texts('Device that guests may open, besides the usual ones'),
    apparmor: flag("AppArmor's rules for qemu-wrap"),
    selinux: flag("vmlane's module of SELinux's policy, and the labels of files"),
    switch: flag('The switch as a service of systemd, with the options of its settings file'),
    metrics: flag("The switch's metrics for Prometheus as a service of systemd"),
    'metrics-listen': text(
      'metrics-listen',
      'Address and port of the metrics [default: 127.0.0.1:19797]',
    ),
    'metrics-token-file': text(
      'metrics-token-file',
      'Token of their readers; needed at another address than loopback',
    ),
    domifstat: flag('Counters of guests on the switch for libvirt: virsh domifstat, virt-manager'),
    unchecked: flag('Do not check who could change what systemd will run'),
    undo: flag('Undo everything that was set up'),
    'dry-run': flag('Show what would change, change nothing'),
    root: text(
      'root',
      'Folder that stands for /, such as an image; runs no programs [default: /]',
      'file',
    ),
    json,
  },
  examples: [
    ['host setup --sockets --pages 1GiB:5 --iommu --dry-run', 'show what would change'],
    ['host setup --sockets --pages 1GiB:5', 'the folder, and pages now and at every boot'],
    [
      'host setup --pages 1GiB:8 --pages 2MiB:256 --default-pages 1GiB --boot',
      'as default_hugepagesz=1G; each count has its size',
    ],
    ['host setup --guests web1.yaml --boot', 'the pages that a guest and the switch lack'],
    [
      'host setup --switch --vfio --iommu',
      'the switch of the settings file, started at every boot; for a NIC',
    ],
    ['host setup --metrics', 'metrics, read by a Prometheus on this host'],
    ['host setup --undo', 'take everything back'],
  ],
  manual: async () => (await import('./setup-manual.js')).manual,
  async run({ root = '/', json: asJson = false, ...values }, io) {
    const { HostFiles } = await import('../../../system/files/host-files.js');
    const files = new HostFiles(root);
    const dryRun = values['dry-run'] === true;
    if (values.undo) return undo(values, files, { asJson, dryRun }, io);
    const wanted = await wantedOf(values, files.root, io);
    const { planSetup } = await import('../../../host/setup/plan.js');
    const { findInstallation } = await import('../../../host/wrap/installation.js');
    const plan = planSetup(files, wanted, () => findInstallation(undefined));
    if ((wanted.switchUnit || wanted.metrics) && !values.unchecked) {
      const { checkPrograms } = await import('../../../host/setup/programs.js');
      await checkPrograms();
    }
    if (wanted.domifstat && files.live) {
      const { checkCounterProgram } = await import('../../../host/setup/programs.js');
      checkCounterProgram({ unchecked: values.unchecked === true });
    }
    // The undo of a service that is new stops it.
    const fresh = plan.steps.some((step) => step.kind === 'command' && step.undo === 'stop switch');
    if (wanted.switchUnit && fresh && files.live) {
      const { checkNoSwitch } = await import('../../../host/setup/programs.js');
      await checkNoSwitch(wanted.switchUnit);
    }
    const changed = !dryRun && plan.steps.length > 0;
    const { applySteps } = await import('../../../host/setup/apply.js');
    const { shortages } = changed
      ? await applySteps(plan.steps, files, io.interrupted())
      : { shortages: [] };
    showPlan(io, plan, { asJson, live: files.live, changed, shortages });
    return shortages.length > 0 ? 1 : 0;
  },
});

type Files = import('../../../system/files/host-files.js').HostFiles;

async function undo(
  values: SetupValues,
  files: Files,
  { asJson, dryRun }: { asJson: boolean; dryRun: boolean },
  io: Io,
): Promise<number> {
  const [extra] = wishesOf(values);
  if (extra !== undefined) {
    const problem = 'takes back everything, not a part';
    throw new InvalidInput({ thing: '--undo', problem, remedy: `leave out --${extra}` });
  }
  if (dryRun) {
    const { readJournal } = await import('../../../system/files/journal.js');
    showJournal(io, readJournal(files).entries, files, asJson);
    return 0;
  }
  const { undoSetup } = await import('../../../host/setup/apply.js');
  const { done, left } = await undoSetup(files, io.interrupted());
  if (asJson) printJson(io, { done: [...done], left: [...left] });
  else io.out(done.map((line) => `${line}\n`).join(''));
  for (const why of left) say(io, why);
  if (done.length === 0 && left.length === 0) say(io, 'there is nothing to give back');
  return left.length > 0 ? 1 : 0;
}
