import { Failed } from '../../../values/errors.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { integer } from '../../options.js';
import { printJson, renderTable } from '../../output.js';
import {
  changeOptions,
  domainUses,
  rootOf,
  userOptions,
  wholeNumber,
  writesTable,
} from './common.js';

/** `vmlane sriov set` */
export const sriovSet = command({
  path: ['sriov', 'set'],
  summary: 'Set how many VFs a PF has; through 0 where needed, and never under a user',
  positionals: {
    PF: { describe: 'its network interface or its PCI address' },
    VFS: { describe: 'how many; 0 takes them away' },
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
    const { apply } = await import('../../../sriov/change/apply.js');
    const { findPf } = await import('../../../sriov/find.js');
    const { readUses } = await import('../../../sriov/host.js');
    const { nameOf, vfName } = await import('../../../sriov/names.js');
    const { readPfs } = await import('../../../system/devices/vfs.js');
    const { checkCount, countChange } = await import('../../../sriov/vfs/count.js');
    const { usesOf } = await import('../../../sriov/users/uses.js');
    const { DEADLINE_MS, sysfsWriter } = await import('../../../system/sysfs.js');
    const count = wholeNumber('VFS', VFS, 65_535);
    const root = rootOf(values.root);
    const pf = findPf(readPfs(root), PF, root);
    checkCount(pf, count);
    const name = nameOf(pf);
    const change = countChange(pf, count, root);
    if (change.writes.length > 0 && pf.vfs.length > 0) {
      const uses = await readUses(pf.vfs, await domainUses(connect, root, io), root);
      const used = pf.vfs.flatMap((vf) =>
        usesOf(vf, uses).map((use) => ({ ...use, vf: vfName(vf) })),
      );
      const [first, ...more] = used.filter(({ active }) => active);
      if (first) {
        const others = more.length > 0 ? ` (and ${more.length} more uses)` : '';
        const problem = `${first.vf} is in use by ${first.by}${others}`;
        throw new Failed({ thing: name, problem, remedy: first.remedy });
      }
      for (const { vf, by } of used) say(io, `${name}: ${vf} is named by ${by}`);
    }
    const writes = writesTable(change.writes);
    const told = { pf: pf.address, before: pf.count, after: count, writes: writes.json };
    const changed = change.writes.length > 0;
    if (values['dry-run']) {
      if (json) printJson(io, { ...told, changed: false });
      else if (changed) io.out(renderTable(writes, io.color));
      if (!changed) say(io, `${name}: has ${count} VFs already`);
      return 0;
    }
    await apply(change, sysfsWriter(timeout === undefined ? DEADLINE_MS : timeout * 1000));
    if (json) printJson(io, { ...told, changed });
    const lost =
      pf.count > 0 && changed && count > 0 ? '; MACs, VLANs and drivers of VFs are new' : '';
    say(io, changed ? `${name}: ${count} VFs${lost}` : `${name}: has ${count} VFs already`);
    return 0;
  },
});
