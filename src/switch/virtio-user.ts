import { InvalidInput } from '../values/errors.js';

/** What a program of DPDK must be told to be the guest of a port. */
export interface VirtioUserPort {
  /** An absolute path. */
  path: string;
  listener: string;
  mac?: string | null;
}

/**
 * The EAL's words for a program in a container, or beside the switch, that is the guest of the port:
 * its memory is huge pages in one piece, as vhost-user shares at most 8 (DPDK's virtio_user).
 * `server=1`: the program listens. Throws InvalidInput for a path that `--vdev` cannot hold.
 */
export function virtioUserWords({ path, listener, mac }: VirtioUserPort): string[] {
  checkVirtioUserPath(path);
  const settings = [
    `path=${path}`,
    ...(listener === 'qemu' ? ['server=1'] : []),
    ...(mac ? [`mac=${mac}`] : []),
  ];
  const device = ['net_virtio_user0', ...settings].join(',');
  return ['--no-pci', '--in-memory', '--single-file-segments', `--vdev=${device}`];
}

/** DPDK's list of settings knows no quotes (rte_kvargs), and the words are for a command line. */
export function checkVirtioUserPath(path: string): void {
  const found = /[^A-Za-z0-9_./:+@%-]/.exec(path);
  if (found === null) return;
  throw new InvalidInput({
    thing: path,
    problem: `${JSON.stringify(found[0])} cannot stand in a --vdev of DPDK`,
    remedy: 'give a path of A-Z a-z 0-9 _ . / : + @ % -',
  });
}
