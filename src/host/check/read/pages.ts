import { join } from 'node:path';
import { readPages } from '../../../system/pages.js';
import { namesIn, readText } from '../../../system/text.js';
import { walk } from '../../../system/walk.js';
import type { PageFacts, Stock } from '../facts.js';

const GLOBAL = 'sys/kernel/mm/hugepages';
const NODES = 'sys/devices/system/node';

/** Of every size and node; of the whole host where the kernel tells nothing of nodes. */
export function readPageFacts(root: string): PageFacts {
  const nodes = namesIn(join(root, NODES)).flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []);
  const all = stocksIn(join(root, GLOBAL));
  const ofNodes = nodes.map(Number).flatMap((node) =>
    stocksIn(join(root, NODES, `node${node}`, 'hugepages')).map((stock): Stock => {
      const whole = all.find(({ pageSize }) => pageSize === stock.pageSize);
      return { ...stock, node, reserved: whole?.reserved ?? 0 };
    }),
  );
  const { mounts = [], defaultPageSize } = readPages(root);
  return {
    stocks: ofNodes.length > 0 ? ofNodes : all,
    mounts: mounts.map((mount) => ({
      ...mount,
      libvirt: walk(join(mount.folder, 'libvirt/qemu'), root),
    })),
    ...(defaultPageSize !== undefined && { defaultPageSize }),
  };
}

function stocksIn(folder: string): Stock[] {
  const found = namesIn(folder).flatMap((name): Stock[] => {
    const kib = /^hugepages-(\d+)kB$/.exec(name)?.[1];
    if (kib === undefined) return [];
    const count = (file: string) =>
      Number.parseInt(readText(join(folder, name, file)) ?? '', 10) || 0;
    const total = count('nr_hugepages');
    const reserved = count('resv_hugepages');
    return [{ pageSize: Number(kib) * 1024, total, free: count('free_hugepages'), reserved }];
  });
  return found.sort((one, other) => one.pageSize - other.pageSize);
}
