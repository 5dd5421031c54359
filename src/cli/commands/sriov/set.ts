import { VFIO } from '../../../sriov/names.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { integer } from '../../options.js';
import { printJson, renderTable } from '../../output.js';
import {
  changeOptions,
  changing,
  domainUses,
  rootOf,
  userOptions,
  wholeNumber,
  writesTable,
} from './common.js';

const NEEDS_TOKEN =
  "its VFs are with vfio-pci, too, and open only with the VF token of who has the PF: 'vmlane switch start' makes one";

/** `vmlane sriov set` */
export const sriovSet = command({
  path: ['sriov', 'set'],
  summary: 'Set how many VFs a PF has; refused while a VF is in use',
  positionals: {
    PF: { describe: 'its network interface or its PCI address', names: 'pf' },
    VFS: { describe: 'how many; 0 removes them' },
  },
  options: {
    timeout: integer(
      'timeout',
      1,
      600,
      'Seconds that the kernel may take for a write [default: 30]',
    ),
    ...userOptions,
    ...changeOptions,
  },
  examples: [
    ['sriov set ens1f0 4 --dry-run', 'show what would be written'],
    ['sriov set ens1f0 4', 'four VFs'],
    ['sriov set 0000:3b:00.0 0', 'none'],
  ],
  async run({ PF, VFS, timeout, connect, json, ...values }, io) {
    const { planVfCount, setVfCount } = await import('../../../sriov/set.js');
    const count = wholeNumber('VFS', VFS, 65_535);
    const root = rootOf(values.root);
    return changing({ root, dryRun: values['dry-run'] }, async () => {
      const domains = () => domainUses(connect, root, io);
      const plan = await planVfCount(PF, count, { domains, root });
      const { pf, name, change } = plan;
      for (const { vf, by } of plan.named) say(io, `${name}: ${vf} is named by ${by}`);
      const writes = writesTable(change.writes);
      const described = { pf: pf.address, before: pf.count, after: count, writes: writes.json };
      const changed = change.writes.length > 0;
      if (values['dry-run']) {
        if (json) printJson(io, { ...described, changed: false });
        else if (changed) io.out(renderTable(writes, io.color));
        if (!changed) say(io, `${name}: has ${count} VFs already`);
        return 0;
      }
      await setVfCount(plan, timeout === undefined ? undefined : timeout * 1000);
      if (json) printJson(io, { ...described, changed });
      const lost =
        pf.count > 0 && changed && count > 0 ? '; MACs, VLANs and drivers of VFs are new' : '';
      say(io, changed ? `${name}: ${count} VFs${lost}` : `${name}: has ${count} VFs already`);
      if (changed && count > 0 && pf.driver === VFIO) say(io, `${name}: ${NEEDS_TOKEN}`);
      return 0;
    });
  },
});
