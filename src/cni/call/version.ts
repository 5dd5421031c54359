/** Versions of the specification that are spoken. */
export const VERSIONS = ['0.4.0', '1.0.0', '1.1.0'] as const;

export type Version = (typeof VERSIONS)[number];

export const NEWEST: Version = '1.1.0';

/** The answer to VERSION. */
export function versions(): object {
  return { cniVersion: NEWEST, supportedVersions: [...VERSIONS] };
}

/** STATUS, GC, and what an interface in a result says of itself beside name, MAC and sandbox. */
export function isFrom11(version: Version): boolean {
  return version === '1.1.0';
}
