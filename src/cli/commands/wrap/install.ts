import type { PlannedDomain } from '../../../guests/wrap.js';
import { isRemote, libvirtUri } from '../../../libvirt/uri.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { Failed } from '../../../values/errors.js';
import { nicLabel } from '../../../values/nic-label.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { flag, text } from '../../options.js';
import { withLibvirt } from '../libvirt.js';
import { conclude, DOMAINS, options, show } from './domains.js';

/** `vmlane wrap install` */
export const wrapInstall = command({
  path: ['wrap', 'install'],
  summary: 'Make qemu-wrap the emulator of domains',
  positionals: {},
  several: DOMAINS,
  options: {
    ...options,
    unchecked: flag('Do not check who may run the wrapper and who could change it'),
    wrapper: text('wrapper', "The wrapper to name [default: this installation's]", 'file'),
  },
  examples: [
    ['wrap install web1 web2 --dry-run', 'show what would change'],
    ['wrap install web1 --rules', 'and tell AppArmor to let guests run it'],
    ['wrap install arm1 --wrapper /usr/local/bin/qemu-wrap-aarch64', 'a guest of another kind'],
  ],
  manual: async () => (await import('./install-manual.js')).manual,
  async run({ words, connect, json, ...values }, io) {
    const { wrapDomains } = await import('../../../guests/wrap.js');
    const { findInstallation } = await import('../../../host/wrap/installation.js');
    const { HostFiles } = await import('../../../system/files/host-files.js');
    const files = new HostFiles();
    const uri = libvirtUri(connect, io.env);
    const installed = findInstallation(values.wrapper);
    const { wrapper } = installed;
    const dryRun = values['dry-run'];
    await withLibvirt(uri, async (libvirt) => {
      const onPlan = async (domains: readonly PlannedDomain[]) => {
        const rules = await prepareHost(io, uri, installed, files, values);
        for (const domain of domains) {
          await tellOther(io, domain.name, domain.original, wrapper);
          // The other host's switch has networks of its own.
          if (!isRemote(uri)) await tellNetworks(io, domain, wrapper);
        }
        show(io, uri, { domains, rules }, json);
        if (dryRun) return;
        const { carryOut } = await import('../../../system/files/carry-out.js');
        // Only where something listens to it: otherwise the first Ctrl-C would do nothing.
        if (rules.length > 0)
          await carryOut(rules, files, { by: 'wrap', signal: io.interrupted() });
        if (rules.some(({ before, after }) => before !== after)) {
          say(io, "AppArmor's rules written; load them: systemctl reload apparmor");
        }
      };
      const domains = await wrapDomains({ libvirt }, words, wrapper, { dryRun, onPlan });
      if (dryRun) return;
      conclude(io, domains, 'qemu-wrap is its emulator', 'qemu-wrap is its emulator');
    });
    return 0;
  },
});

type Installed = import('../../../host/wrap/installation.js').Installation;
type Files = import('../../../system/files/host-files.js').HostFiles;

/** Checks the installation on this host and returns the rules to write; none for another host, or without a QEMU. */
async function prepareHost(
  io: Io,
  uri: string,
  installed: Installed,
  files: Files,
  values: { rules?: boolean | undefined; unchecked?: boolean | undefined },
) {
  if (isRemote(uri)) {
    say(io, `${installed.wrapper} must be there on the other host, too; it is not checked`);
    return [];
  }
  if (!uri.startsWith('qemu')) return [];
  const { checkInstallation } = await import('../../../host/wrap/installation.js');
  const security = await import('../../../host/wrap/security.js');
  const host = security.hostSecurity();
  const by = { uid: process.getuid?.() ?? 0, others: host.others };
  if (!values.unchecked) {
    const { findFiles, SETTINGS_FOLDER } = await import('../../../host/wrap/settings/index.js');
    const settings = findFiles(SETTINGS_FOLDER).map(({ path }) => path);
    checkInstallation(installed, settings, by);
  }
  await tellHook(io, host.others);
  for (const lack of host.selinux ? security.policyLacks(files, true) : []) {
    say(io, `${lack.problem}; ${lack.remedy}`);
  }
  if (!host.apparmor && !values.rules) return [];
  const { rulesFor } = await import('../../../host/wrap/rules.js');
  // Only --rules, as root, shares the rules that host setup has written.
  if (values.rules) return rulesFor(files, installed, 'wrap');
  if (rulesFor(files, installed).length === 0) return [];
  const problem = 'its profiles do not let guests run qemu-wrap';
  const remedy = 'add --rules, with --dry-run to see what that writes';
  throw new Failed({ thing: 'AppArmor', problem, remedy });
}

/** Warns if the hook is not installed: QEMU's own user adds no ports, so without it somebody has to, before each start. */
async function tellHook(io: Io, others: boolean): Promise<void> {
  const { hookCovers } = await import('../../../host/hook/covers.js');
  if (!others || hookCovers().hook !== undefined) return;
  const problem = "QEMU's user may not add ports, so these guests will be refused";
  say(io, `libvirt's hook is not installed: ${problem}; install it: 'vmlane hook install'`);
}

/** Warns if the domain ran another QEMU than the wrapper will. */
async function tellOther(io: Io, name: string, original: string | undefined, wrapper: string) {
  const { loadSettings } = await import('../../../host/wrap/settings/index.js');
  const { sameProgram } = await import('../../../guests/wrap.js');
  // As libvirt starts the wrapper: without the variables of this shell.
  const { VMLANE_SETTINGS } = io.env;
  const { emulator } = await loadSettings({ VMLANE_SETTINGS }, { name }, wrapper);
  if (original === undefined || sameProgram(original, emulator)) return;
  say(io, `${name}: it ran ${original}, qemu-wrap will run ${emulator}; emulator: sets it`);
}

/** Says which NICs leave their network behind, and what keeps it. */
async function tellNetworks(io: Io, { name, after }: PlannedDomain, wrapper: string) {
  const { loadSettings } = await import('../../../host/wrap/settings/index.js');
  const { openDomain } = await import('../../../domain/index.js');
  const { networksOf } = await import('../../../networks/index.js');
  const domain = openDomain(after);
  const { policy } = await loadSettings(domain.variables, { name, uuid: domain.uuid }, wrapper);
  const socket = controlSocketPath(undefined, io.env);
  const networks = networksOf(socket);
  for (const one of domain.unattachedNics(policy, networks))
    say(io, `${name}: ${nicLabel(one)}: ${one.problem}; ${one.remedy}, before the guest starts`);
}
