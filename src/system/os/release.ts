import {
  DISTRIBUTIONS,
  type Distribution,
  type DistributionName,
  distributionOf,
} from '../../values/distributions.js';
import { lookAt, type Root } from '../look/index.js';

/** The host's distribution. */
export interface Release {
  /** Its usual name, for messages. */
  name: string;
  /** Its row in our table; undefined: unknown. */
  known: (Distribution & { row: DistributionName }) | undefined;
}

/** Reads /etc/os-release. Source: os-release(5). */
export function readRelease(root: Root = '/'): Release {
  const look = lookAt(root);
  const text = look.text('/etc/os-release') ?? look.text('/usr/lib/os-release') ?? '';
  const value = (key: string) => {
    const [, found = ''] = new RegExp(`^${key}=(.*)$`, 'm').exec(text) ?? [];
    return found.trim().replace(/^(["'])(.*)\1$/, '$2');
  };
  const row = distributionOf([value('ID'), ...value('ID_LIKE').split(/\s+/)]);
  return {
    name: value('PRETTY_NAME') || 'an unknown system',
    known: row && { ...DISTRIBUTIONS[row], row },
  };
}
