import { join } from 'node:path';
import type { Kind } from '../../../sriov/persist/files.js';
import type { PersistChange } from '../../../sriov/persist/install.js';
import { Failed, InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { unifiedDiff } from '../../diff.js';
import { type Io, say } from '../../io.js';
import { choice, flag, integer } from '../../options.js';
import { printJson } from '../../output.js';
import { changeOptions, rootOf } from './common.js';

/** `vmlane sriov persist` */
export const sriovPersist = command({
  path: ['sriov', 'persist'],
  summary: "Save a PF's VFs as they are now, and restore them at every boot",
  positionals: { PF: { describe: 'its network interface or its PCI address', names: 'pf' } },
  options: {
    by: choice(
      'by',
      ['systemd', 'networkmanager', 'networkd'],
      'What brings them: a unit, or a script when the PF comes up, of NetworkManager or of networkd-dispatcher [default: systemd]',
    ),
    mtu: integer('mtu', 68, 65_535, 'Also bring the PF up, with this MTU'),
    remove: flag('Restore no VFs at boot any more; existing VFs stay'),
    unchecked: flag('Do not check who could change what root will run'),
    ...changeOptions,
  },
  examples: [
    ['sriov persist ens1f0 --dry-run', 'show the files'],
    ['sriov persist ens1f0', 'VFs, MACs, VLANs and vfio-pci of now, with a systemd unit'],
    ['sriov persist ens1f0 --by networkmanager --mtu 9216', "with NetworkManager's dispatcher"],
    ['sriov persist ens1f0 --remove', 'no longer'],
  ],
  async run({ PF, by = 'systemd', mtu, remove, unchecked, json, ...values }, io) {
    const { findPf } = await import('../../../sriov/find.js');
    const { pciAddress } = await import('../../../values/pci.js');
    const { nameOf } = await import('../../../sriov/names.js');
    const { pathsOf } = await import('../../../sriov/persist/files.js');
    const { persistChanges, planFiles } = await import('../../../sriov/persist/install.js');
    const { readPfs } = await import('../../../system/devices/vfs.js');
    if (remove && mtu !== undefined) {
      const remedy = 'leave one of them out';
      throw new InvalidInput({ thing: '--mtu', problem: 'has no meaning with --remove', remedy });
    }
    const root = rootOf(values.root);
    const pfs = readPfs(root);
    // --remove also works for a card that has been taken out.
    const address = remove ? pciAddress(PF) : undefined;
    const pf = address === undefined ? findPf(pfs, PF, root) : undefined;
    const name = pf ? nameOf(pf) : PF;
    const wanted = pf && !remove ? await filesOf(pf, by, mtu, root) : [];
    const paths = pathsOf({ address: pf?.address ?? address ?? PF });
    const changes = planFiles(paths, wanted, root);
    if (!remove && !unchecked && root === '/') await checkAccess();
    show(io, changes, root, { json, dry: values['dry-run'] });
    if (changes.length === 0) say(io, `${name}: unchanged`);
    if (values['dry-run']) return 0;
    const { carryOut } = await import('../../../system/files/carry-out.js');
    const { HostFiles } = await import('../../../system/files/host-files.js');
    const { takeBack } = await import('../../../system/files/take-back.js');
    const files = new HostFiles(root);
    const how = { by: 'sriov', signal: io.interrupted() } as const;
    await carryOut(persistChanges(changes, root), files, how);
    // Drops the journal's entry even if somebody else has removed the file.
    if (remove) await takeBack(files, { ...how, paths: paths.map((path) => `/${path}`) });
    if (changes.length === 0) return 0;
    for (const { path, after } of changes) {
      say(io, `${join(root, path)}: ${after ? 'written' : 'removed'}`);
    }
    const done = remove ? 'nothing comes back' : `${pf?.count} VFs come back`;
    say(io, `${name}: ${done} after the next start`);
    return 0;
  },
});

type Pf = import('../../../system/devices/vfs.js').Pf;

async function filesOf(pf: Pf, by: Kind, mtu: number | undefined, root: string) {
  const { readSettings } = await import('../../../sriov/host.js');
  const { nameOf } = await import('../../../sriov/names.js');
  const { persistFiles } = await import('../../../sriov/persist/files.js');
  const { savedOf } = await import('../../../sriov/persist/saved.js');
  const thing = nameOf(pf);
  if (pf.nets.length === 0) {
    const problem = `it is with ${pf.driver ?? 'no driver'} and has no network interface`;
    throw new InvalidInput({ thing, problem, remedy: 'bind it to its Linux driver first' });
  }
  if (pf.count === 0) {
    const remedy = `first: vmlane sriov set ${thing} 4; or --remove`;
    throw new InvalidInput({ thing, problem: 'it has no VFs that could come back', remedy });
  }
  const saved = savedOf(pf, await readSettings(pf, root), mtu);
  return persistFiles(by, pf, saved, await programs());
}

async function programs() {
  const { packageRoot } = await import('../../../switch/paths.js');
  const { stableNode } = await import('../../../host/hook/install.js');
  return { node: stableNode(), main: join(packageRoot(), 'dist/bin/main.js') };
}

/** Refuses programs that other users could change: root would run them at every boot. @throws Failed */
async function checkAccess(): Promise<void> {
  const { accessTroubles, partsOf } = await import('../../../host/wrap/access.js');
  const { node, main } = await programs();
  const by = { uid: process.getuid?.() ?? 0, others: false, runs: 'what root runs at every start' };
  const [first] = [
    ...accessTroubles(partsOf(node), 'run', by),
    ...accessTroubles(partsOf(main), 'read', by),
  ];
  if (first) throw new Failed(first);
}

function show(
  io: Io,
  changes: readonly PersistChange[],
  root: string,
  { json, dry }: { json: boolean | undefined; dry: boolean | undefined },
): void {
  const files = changes.map(({ path, before, after }) => ({
    path: join(root, path),
    before: before?.text ?? null,
    after: after?.text ?? null,
  }));
  if (json) printJson(io, { files, changed: changes.length > 0 && !dry });
  else if (dry) {
    for (const { path, before, after } of files) {
      io.out(unifiedDiff(before ?? '', after ?? '', path, io.color));
    }
  }
}
