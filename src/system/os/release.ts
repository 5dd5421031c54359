import { lookAt, type Root } from '../look/index.js';

/** Distributions by how they are set up. */
export type Family = 'debian' | 'fedora' | 'suse';

const FAMILIES: Record<string, Family> = {
  ...{ debian: 'debian', ubuntu: 'debian' },
  ...{ fedora: 'fedora', rhel: 'fedora', centos: 'fedora', rocky: 'fedora', almalinux: 'fedora' },
  ...{ suse: 'suse', opensuse: 'suse', sles: 'suse' },
};

/** What a host says it is. */
export interface Distribution {
  /** As people call it; for messages. */
  name: string;
  id: string;
  /** Undefined: none that we know. */
  family: Family | undefined;
}

/** Reads /etc/os-release. Source: os-release(5). */
export function distribution(root: Root = '/'): Distribution {
  const look = lookAt(root);
  const text = look.text('/etc/os-release') ?? look.text('/usr/lib/os-release') ?? '';
  const value = (key: string) => {
    const [, found = ''] = new RegExp(`^${key}=(.*)$`, 'm').exec(text) ?? [];
    return found.trim().replace(/^(["'])(.*)\1$/, '$2');
  };
  const ids = [value('ID'), ...value('ID_LIKE').split(/\s+/)];
  const known = ids.map((id) => FAMILIES[id]).find((family) => family !== undefined);
  return { name: value('PRETTY_NAME') || 'an unknown system', id: value('ID'), family: known };
}
