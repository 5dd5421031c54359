import type { Domain } from '../../domain/index.js';
import { InvalidInput } from '../../values/errors.js';
import { attribute, childrenOf, down } from '../../xml/element.js';

/** Where the data of a disk is, by libvirt's kinds of source. */
const PLACES = ['file', 'dev', 'dir', 'name', 'volume'];

/**
 * Disks that somebody has moved in a definition, for example by `virsh snapshot-create --disk-only`,
 * and that the file would move back: the guest would lose what it has written since.
 */
export function movedDisks(file: string, definition: Domain, domain: Domain): InvalidInput[] {
  const wanted = sourcesOf(domain);
  return [...sourcesOf(definition)].flatMap(([target, source]) => {
    const other = wanted.get(target);
    if (source === '' || other === undefined || other === source) return [];
    const problem = `${target} of the domain is ${source} now, changed by somebody else; here it is ${other || 'nothing'}`;
    const remedy = "write that into the file, or change the domain back with 'virsh edit'";
    return [new InvalidInput({ thing: file, problem, remedy })];
  });
}

/** Sources of disks by target name. */
function sourcesOf({ root }: Domain): Map<string, string> {
  return new Map(
    down(root, 'devices', 'disk').map((disk) => {
      const [source] = childrenOf(disk, 'source');
      const places = PLACES.map((name) => attribute(source, name));
      const target = attribute(childrenOf(disk, 'target')[0], 'dev');
      return [target ?? '', places.find((place) => place !== undefined) ?? ''];
    }),
  );
}
