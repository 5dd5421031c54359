import { VFIO } from '../../../sriov/names.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag } from '../../options.js';
import { printJson, renderTable } from '../../output.js';
import { changeOptions, changing, rootOf, writesTable } from './common.js';

/** `vmlane sriov bind` */
export const sriovBind = command({
  path: ['sriov', 'bind'],
  summary: 'Bind VFs to vfio-pci, for guests and DPDK',
  positionals: {},
  several: {
    name: 'VF',
    describe: 'PF/NUMBER such as ens1f0/3, or a PCI address; a PF without VFs, too',
    names: 'vf',
  },
  options: { group: flag('And all other devices of their IOMMU groups'), ...changeOptions },
  examples: [
    ['sriov bind ens1f0/3 --dry-run', 'show what would be written'],
    ['sriov bind ens1f0/0 ens1f0/1', 'two VFs'],
    ['sriov bind 0000:3b:00.0 --group', 'a port for the switch, with all of its group'],
  ],
  async run({ words, group = false, json, ...values }, io) {
    const { apply } = await import('../../../sriov/change/apply.js');
    const { driverChange, readHeld } = await import('../../../sriov/binding/bind.js');
    const { forgetFormer, keepFormer } = await import('../../../sriov/binding/former.js');
    const { checkBind, findDevices, missingDriver, wholeGroups } = await import(
      '../../../sriov/binding/handover.js'
    );
    const { hasPciDriver } = await import('../../../system/devices/drivers.js');
    const { readUses } = await import('../../../sriov/host.js');
    const { loadVfio } = await import('../../../sriov/binding/module.js');
    const { readPfs } = await import('../../../system/devices/vfs.js');
    const { sysfsWriter } = await import('../../../system/devices/sysfs.js');
    const root = rootOf(values.root);
    return changing({ root, dryRun: values['dry-run'] }, async () => {
      const pfs = readPfs(root);
      const devices = findDevices(words, pfs, root);
      const all = group ? wholeGroups(devices, root) : devices;
      const uses = await readUses(all, new Map(), root);
      const checked = checkBind(devices, { pfs, uses, group, root });
      const wanted = await Promise.all(checked.map((one) => readHeld(one, root)));
      const thing = wanted.map(({ address }) => address).join(', ');
      const to = { driver: VFIO, override: VFIO };
      const change = driverChange(
        thing,
        wanted.map((device) => ({ device, wanted: to })),
        root,
      );
      const loaded = hasPciDriver(VFIO, root);
      const writes = writesTable(change.writes);
      const described = { devices: wanted.map(({ address }) => address), writes: writes.json };
      const changed = wanted.length > 0;
      if (changed && !loaded) {
        if (root !== '/') throw missingDriver(root);
        if (values['dry-run']) say(io, 'first: modprobe vfio-pci');
        else await loadVfio();
      }
      if (!values['dry-run']) {
        for (const device of wanted) keepFormer(device, root);
        try {
          await apply(change, sysfsWriter());
        } catch (error) {
          for (const { address } of wanted) forgetFormer(address, root);
          throw error;
        }
      } else if (!json && changed) io.out(renderTable(writes, io.color));
      if (json) printJson(io, { ...described, changed: changed && !values['dry-run'] });
      if (!changed) say(io, 'all are with vfio-pci already');
      else if (!values['dry-run']) say(io, `${thing}: with vfio-pci`);
      return 0;
    });
  },
});
