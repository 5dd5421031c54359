import { readInput } from '../../../system/input.js';
import { VFIO } from '../../../values/devices.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { changing, rootOf, rootOption } from './common.js';

/** `vmlane sriov restore` */
export const sriovRestore = command({
  path: ['sriov', 'restore'],
  summary: "Restore VFs that 'sriov persist' saved; run by its unit or scripts",
  positionals: { FILE: { describe: 'of /etc/vmlane/sriov', names: 'file' } },
  options: rootOption,
  examples: [['sriov restore /etc/vmlane/sriov/0000:3b:00.0.json', 'what is there already stays']],
  async run({ FILE, ...values }, io) {
    const { hasPciDriver } = await import('../../../system/devices/drivers.js');
    const { ip } = await import('../../../system/devices/ip.js');
    const { loadVfio } = await import('../../../sriov/binding/module.js');
    const { restore } = await import('../../../sriov/persist/restore.js');
    const { parseSaved } = await import('../../../sriov/persist/saved.js');
    const { sysfsWriter } = await import('../../../system/devices/sysfs.js');
    const saved = parseSaved(await readInput(FILE, io), FILE);
    const root = rootOf(values.root);
    // At boot those of all PFs start at once. The unit ends it after 120 s.
    return changing({ root, waitSeconds: 90 }, async () => {
      const loaded = hasPciDriver(VFIO, root);
      await restore(saved, {
        root,
        write: sysfsWriter(),
        ip,
        loadVfio: async () => (loaded ? undefined : loadVfio()),
        say: (text) => say(io, text),
      });
      return 0;
    });
  },
});
