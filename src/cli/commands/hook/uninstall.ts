import { command } from '../../command.js';
import { changeOptions, showChange, tellChange } from './options.js';

/** `vmlane hook uninstall` */
export const hookUninstall = command({
  path: ['hook', 'uninstall'],
  summary: 'Remove the hooks',
  positionals: {},
  options: changeOptions,
  examples: [
    ['hook uninstall --dry-run', 'show what would be removed'],
    ['hook uninstall', 'libvirt stops calling it at once; the ports of guests that run stay'],
  ],
  async run({ root = '/', json, ...values }, io) {
    const { applyHook, planUninstall } = await import('../../../host/hook/install.js');
    const { HostFiles } = await import('../../../system/files/host-files.js');
    const files = new HostFiles(root);
    const change = planUninstall(root);
    showChange(io, change, json);
    if (values['dry-run']) return;
    await applyHook(change, files, io.interrupted());
    tellChange(io, change, 'removed', 'was not there');
  },
});
