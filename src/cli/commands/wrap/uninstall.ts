import type { PlannedDomain } from '../../../guests/wrap.js';
import { isRemote, libvirtUri } from '../../../libvirt/uri.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { withLibvirt } from '../libvirt.js';
import { conclude, DOMAINS, options, show } from './domains.js';

/** `vmlane wrap uninstall` */
export const wrapUninstall = command({
  path: ['wrap', 'uninstall'],
  summary: 'Restore the former emulator of domains',
  positionals: {},
  several: DOMAINS,
  options,
  examples: [
    ['wrap uninstall web1 --dry-run', 'show what would change'],
    ['wrap uninstall web1 web2', 'from their next start on'],
  ],
  async run({ words, connect, json, ...values }, io) {
    const { unwrapDomains } = await import('../../../guests/wrap.js');
    const { removeRules, rulesBack } = await import('../../../host/wrap/rules.js');
    const { HostFiles } = await import('../../../system/files/host-files.js');
    const files = new HostFiles();
    const uri = libvirtUri(connect, io.env);
    let status = 0;
    await withLibvirt(uri, async (libvirt) => {
      const here = values.rules === true && !isRemote(uri);
      const rules = here ? rulesBack(files) : [];
      const onPlan = (domains: readonly PlannedDomain[]) => show(io, uri, { domains, rules }, json);
      const dryRun = values['dry-run'];
      const domains = await unwrapDomains({ libvirt }, words, { dryRun, onPlan });
      if (dryRun) return;
      const gone = here ? await removeRules(files, io.interrupted()) : { left: [], notes: [] };
      conclude(io, domains, 'its own emulator is back', 'it has its own emulator');
      for (const line of [...gone.left, ...gone.notes]) say(io, line);
      status = gone.left.length > 0 ? 1 : 0;
    });
    return status;
  },
});
