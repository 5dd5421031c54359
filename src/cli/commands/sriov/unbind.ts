import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag } from '../../options.js';
import { printJson, renderTable } from '../../output.js';
import { changeOptions, changing, rootOf, writesTable } from './common.js';

/** `vmlane sriov unbind` */
export const sriovUnbind = command({
  path: ['sriov', 'unbind'],
  summary: 'Unbind VFs from vfio-pci, back to their former driver',
  positionals: {},
  several: { name: 'VF', describe: 'PF/NUMBER such as ens1f0/3, or a PCI address', names: 'vf' },
  options: { group: flag('And all other devices of their IOMMU groups'), ...changeOptions },
  examples: [
    ['sriov unbind ens1f0/3 --dry-run', 'show what would be written'],
    ['sriov unbind ens1f0/3', 'back to its driver'],
  ],
  async run({ words, group = false, json, ...values }, io) {
    const { apply } = await import('../../../sriov/change/apply.js');
    const { driverChange, readHeld } = await import('../../../sriov/binding/bind.js');
    const { forgetFormer, formerOf } = await import('../../../sriov/binding/former.js');
    const { checkUnbind, findDevices, wholeGroups } = await import(
      '../../../sriov/binding/handover.js'
    );
    const { readUses } = await import('../../../sriov/host.js');
    const { readDevice } = await import('../../../system/devices/pci.js');
    const { readPfs } = await import('../../../system/devices/vfs.js');
    const { sysfsWriter } = await import('../../../system/devices/sysfs.js');
    const root = rootOf(values.root);
    return changing({ root, dryRun: values['dry-run'] }, async () => {
      const devices = findDevices(words, readPfs(root), root);
      const all = group ? wholeGroups(devices, root) : devices;
      const uses = await readUses(all, new Map(), root);
      const checked = checkUnbind(devices, { uses, group, root });
      const wanted = await Promise.all(checked.map((one) => readHeld(one, root)));
      const thing = wanted.map(({ address }) => address).join(', ');
      const change = driverChange(
        thing,
        wanted.map((device) => ({ device, wanted: formerOf(device.address, root) })),
        root,
      );
      const writes = writesTable(change.writes);
      const described = { devices: wanted.map(({ address }) => address), writes: writes.json };
      const changed = wanted.length > 0;
      if (!values['dry-run']) {
        await apply(change, sysfsWriter());
        for (const { address } of wanted) forgetFormer(address, root);
      } else if (!json && changed) io.out(renderTable(writes, io.color));
      if (json) printJson(io, { ...described, changed: changed && !values['dry-run'] });
      if (!changed) say(io, 'none of them is with vfio-pci');
      if (!changed || values['dry-run']) return 0;
      for (const { address } of wanted) {
        say(io, `${address}: with ${readDevice(address, root)?.driver ?? 'no driver'}`);
      }
      return 0;
    });
  },
});
