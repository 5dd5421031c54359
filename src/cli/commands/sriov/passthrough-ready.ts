import type { Check } from '../../../sriov/ready.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { type Column, printTables, table } from '../../output.js';
import { dash, domainUses, lookOptions, rootOf, userOptions } from './common.js';

const columns: Column<Check>[] = [
  { key: 'state', value: ({ state }) => state },
  { key: 'check', value: ({ name }) => name },
  { key: 'found', value: ({ found }) => found },
  { key: 'remedy', value: ({ remedy }) => remedy ?? null, text: ({ remedy }) => dash(remedy) },
];

/** `vmlane sriov passthrough-ready` */
export const sriovPassthroughReady = command({
  path: ['sriov', 'passthrough-ready'],
  summary: 'Check whether a guest can be given a VF; status 1 if not',
  positionals: { VF: { describe: 'PF/NUMBER such as ens1f0/3, or its PCI address', names: 'vf' } },
  options: { ...userOptions, ...lookOptions },
  examples: [
    ['sriov passthrough-ready ens1f0/3', 'what is still to be done'],
    ['sriov passthrough-ready 0000:3b:02.1 --json', 'for a program'],
  ],
  async run({ VF, connect, json, ...values }, io) {
    const { findVf } = await import('../../../sriov/find.js');
    const { readSurroundings } = await import('../../../sriov/host.js');
    const { vfName } = await import('../../../sriov/names.js');
    const { readPfs } = await import('../../../system/devices/vfs.js');
    const { readiness } = await import('../../../sriov/ready.js');
    const root = rootOf(values.root);
    const pfs = readPfs(root);
    const vf = findVf(pfs, VF, root);
    const pf = pfs.find(({ address }) => address === vf.pf);
    if (!pf) throw new Error(`${vf.pf} has a VF and is no PF`);
    const domains = await domainUses(connect, root, io);
    const checks = readiness(await readSurroundings(vf, pf, domains, root));
    const failed = checks.filter(({ state }) => state === 'failed');
    const ready = failed.length === 0;
    printTables(io, json, [table('checks', columns, checks)], { address: vf.address, ready });
    say(io, `${vfName(vf)}: ${ready ? 'ready' : `not ready, ${failed.length} to do`}`);
    return ready ? 0 : 1;
  },
});
