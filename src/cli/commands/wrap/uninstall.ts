import { isRemote, libvirtUri } from '../../../libvirt/uri.js';
import { command } from '../../command.js';
import { withLibvirt } from '../libvirt.js';
import { conclude, DOMAINS, options, show } from './domains.js';

/** `vmlane wrap uninstall` */
export const wrapUninstall = command({
  path: ['wrap', 'uninstall'],
  summary: 'Give domains the emulator back that they had',
  positionals: {},
  several: DOMAINS,
  options,
  examples: [
    ['wrap uninstall web1 --dry-run', 'show what would change'],
    ['wrap uninstall web1 web2', 'from their next start on'],
  ],
  async run({ words, connect, json, ...values }, io) {
    const { unwrapDomain } = await import('../../../domain/index.js');
    const { defineDomains, planDomains } = await import('../../../guests/wrap.js');
    const uri = libvirtUri(connect, io.env);
    await withLibvirt(uri, async (libvirt) => {
      const domains = await planDomains(libvirt, words, unwrapDomain);
      const rules = values.rules && !isRemote(uri) ? await rulesToRemove() : [];
      show(io, uri, { domains, rules }, json);
      if (values['dry-run']) return;
      await defineDomains(libvirt, domains, unwrapDomain);
      const { writeRules } = await import('../../../host/wrap/security.js');
      for (const rule of rules) writeRules(rule);
      conclude(io, domains, 'its own emulator is back', 'it has its own emulator');
    });
    return 0;
  },
});

async function rulesToRemove() {
  const { apparmorRules } = await import('../../../host/wrap/security.js');
  const { packageRoot } = await import('../../../switch/paths.js');
  const rules = apparmorRules({ package: packageRoot(), node: '' }, false);
  return rules.filter(({ before, after }) => before !== after);
}
