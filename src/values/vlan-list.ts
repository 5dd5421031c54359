/** Lists of VLANs, `10,20-29`. */
import { VLAN, VLAN_LIST } from '../contract/bounds.js';

/** The VLANs of a list, ascending; undefined for one that the switch refuses. */
export function vlansOfList(text: string): number[] | undefined {
  if (text.length > VLAN_LIST.max || !VLAN_LIST.pattern.test(text)) return undefined;
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [first = 0, last = first] = part.split('-').map(Number);
    if (first < 1 || last < first || last > VLAN.max) return undefined;
    for (let vlan = first; vlan <= last; vlan++) found.add(vlan);
  }
  return [...found].sort((a, b) => a - b);
}

/** The list as the switch writes it, so that both can be compared: ranges are of three and more. Undefined: all. */
export function vlanList(vlans: Iterable<number>): string | undefined {
  const ranges: [first: number, last: number][] = [];
  for (const vlan of [...new Set(vlans)].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && range[1] === vlan - 1) range[1] = vlan;
    else ranges.push([vlan, vlan]);
  }
  if (ranges[0]?.[0] === 1 && ranges[0][1] === VLAN.max) return undefined;
  const texts = ranges.map(([first, last]) => {
    if (last - first > 1) return `${first}-${last}`;
    return first === last ? `${first}` : `${first},${last}`;
  });
  return texts.join(',');
}
