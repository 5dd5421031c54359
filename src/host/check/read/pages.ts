import { walk } from '../../../system/accounts/walk.js';
import type { Look } from '../../../system/look/index.js';
import { readHugeMounts } from '../../../system/memory/mounts.js';
import { namedPageSize } from '../../../system/memory/nodes.js';
import { readPageCounts } from '../../../system/memory/pages.js';
import type { PageFacts } from '../facts.js';

/** Of every size and node; of the whole host where the kernel tells nothing of nodes. */
export function readPageFacts(look: Look): PageFacts {
  const counts = readPageCounts(look);
  const ofNodes = counts.filter(({ node }) => node !== undefined);
  const defaultPageSize = namedPageSize(look);
  return {
    stocks: ofNodes.length > 0 ? ofNodes : counts,
    mounts: readHugeMounts(look).map((mount) => ({
      ...mount,
      libvirt: walk(`${mount.folder}/libvirt/qemu`, look.root),
    })),
    ...(defaultPageSize !== undefined && { defaultPageSize }),
  };
}
