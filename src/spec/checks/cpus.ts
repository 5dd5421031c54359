import type { Problem } from '../../values/problems.js';
import type { Guest } from '../guest.js';

/** The topology must have exactly `vcpus` vCPUs: libvirt refuses another number (9.0, virDomainDefGetVcpusTopology). */
export function topologyFits({ cpu: { topology }, vcpus }: Guest): Problem[] {
  if (topology === undefined) return [];
  const { sockets, cores, threads } = topology;
  if (sockets * cores * threads === vcpus && Number.isInteger(cores)) return [];
  const [problem, remedy] = Number.isInteger(cores)
    ? [
        `sockets × cores × threads is ${sockets * cores * threads}, vcpus ${vcpus}`,
        'make them equal',
      ]
    : [`${vcpus} virtual CPUs do not fill ${sockets} × ${threads}`, 'give cores, or other vcpus'];
  return [{ path: ['cpu'], problem, remedy }];
}

export function featuresAreApart({ cpu: { features } }: Guest): Problem[] {
  const twice = features.find(({ name }, i) => features.findIndex((f) => f.name === name) !== i);
  if (twice === undefined) return [];
  const problem = `${twice.name} is there twice`;
  return [{ path: ['cpu', twice.policy], problem, remedy: 'name each feature once' }];
}

/** Each vCPU must be in one cell, and all memory in cells. */
export function cellsCover({ cells, vcpus, memory: { bytes, pageBytes } }: Guest): Problem[] {
  if (cells.length === 0) return [];
  const problems: Problem[] = [];
  const seen = new Set<number>();
  for (const [i, cell] of cells.entries()) {
    const path = ['numa', i, 'vcpus'];
    const far = cell.vcpus.find((n) => n >= vcpus);
    const twice = cell.vcpus.find((n) => seen.has(n));
    if (far !== undefined) {
      const problem = `there is no virtual CPU ${far}`;
      problems.push({ path, problem, remedy: `give numbers from 0 to ${vcpus - 1}` });
    } else if (twice !== undefined) {
      const problem = `virtual CPU ${twice} is in another cell, too`;
      problems.push({ path, problem, remedy: 'put each into one cell' });
    }
    for (const n of cell.vcpus) seen.add(n);
    if (pageBytes !== undefined && cell.bytes % pageBytes !== 0) {
      const page = pageBytes === 2 ** 30 ? '1GiB' : '2MiB';
      const problem = `${cell.bytes / 2 ** 20}MiB is not a multiple of the huge pages' ${page}`;
      problems.push({ path: ['numa', i, 'memory'], problem, remedy: `give a multiple of ${page}` });
    }
  }
  const lost = Array.from({ length: vcpus }, (_, n) => n).find((n) => !seen.has(n));
  if (lost !== undefined && problems.length === 0) {
    const problem = `virtual CPU ${lost} is in no cell`;
    problems.push({ path: ['numa'], problem, remedy: 'put each into one cell' });
  }
  const sum = cells.reduce((total, cell) => total + cell.bytes, 0);
  if (sum !== bytes) {
    const problem = `its cells have ${sum / 2 ** 20}MiB, the guest ${bytes / 2 ** 20}MiB`;
    problems.push({ path: ['numa'], problem, remedy: 'make the cells add up to memory' });
  }
  return problems;
}

/** Either all cells have a node or none: otherwise it is left to chance where the others go. */
export function nodesAreClear({ cells, memory: { nodes } }: Guest): Problem[] {
  const bound = cells.filter(({ node }) => node !== undefined).length;
  if (bound === 0) return [];
  if (nodes.length > 0) {
    const problem = 'the cells name their nodes';
    return [{ path: ['memory', 'nodes'], problem, remedy: 'leave one of the two out' }];
  }
  if (bound === cells.length) return [];
  const index = cells.findIndex(({ node }) => node === undefined);
  const problem = 'is missing, and other cells have one';
  return [{ path: ['numa', index, 'node'], problem, remedy: 'give each cell its node, or none' }];
}

export function pinsFit({ pinning, vcpus, iothreads }: Guest): Problem[] {
  const one = (key: string, given: number, wanted: number, of: string): Problem[] => {
    if (given === 0 || given === wanted) return [];
    const problem = `sets of CPUs: ${given}, ${of}: ${wanted}`;
    return [{ path: ['pinning', key], problem, remedy: 'give one for each' }];
  };
  return [
    ...one('vcpus', pinning.vcpus.length, vcpus, 'virtual CPUs'),
    ...one('iothreads', pinning.iothreads.length, iothreads, 'I/O threads'),
  ];
}

export function iothreadsExist({ disks, iothreads }: Guest): Problem[] {
  return disks.flatMap(({ iothread }, i) => {
    if (iothread === undefined || iothread <= iothreads) return [];
    const problem = `there is no I/O thread ${iothread}`;
    const remedy = `iothreads is ${iothreads}: raise it, or give a smaller number`;
    return [{ path: ['disks', i, 'iothread'], problem, remedy }];
  });
}
