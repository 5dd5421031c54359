import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cached } from '../../lab/cache.js';

export interface Release {
  name: string;
  /** As debootstrap knows it. */
  codename: string;
  /** How versions of its packages end. */
  mark: string;
  /** What confines guests. */
  confinement: 'apparmor' | 'selinux';
}

/** Debian's releases for which there are packages, as they come. */
export const RELEASES: readonly Release[] = [
  { name: 'Debian 12', codename: 'bookworm', mark: '+deb12', confinement: 'apparmor' },
  { name: 'Debian 13', codename: 'trixie', mark: '+deb13', confinement: 'apparmor' },
];
/** The one that is tried with SELinux. */
export const SELINUX: Release = {
  ...{ name: 'Debian 12, selinux', codename: 'bookworm', mark: '+deb12' },
  confinement: 'selinux',
};

/** VMLANE_SERVER=13, or selinux, is that one alone. */
export function isAsked({ name }: Release): boolean {
  return name.endsWith(process.env.VMLANE_SERVER ?? '');
}

/** Of this machine's release (packaging/build), and Debian 13's, whatever that is (test/debian13). */
const BUILT = ['build/package', 'build/package-13'] as const;

/** The release's packages. @throws Error if they are not built */
export function packagesOf({ name, mark }: Release): string[] {
  for (const folder of BUILT.filter((one) => existsSync(one))) {
    const names = readdirSync(folder).filter((one) => one.includes(mark) && one.endsWith('.deb'));
    if (names.length === 2) return names.map((one) => join(folder, one));
  }
  const remedy =
    "'npm run package' on it; Debian 13's also elsewhere, 'bash test/debian13 --packages'";
  throw new Error(`${BUILT.join(', ')}: no packages for ${name}; run: ${remedy}`);
}

/** The folder of the release's disk, which is made the first time: test/server/image. */
export async function imageOf(
  { codename, confinement }: Release,
  packages: readonly string[],
): Promise<string> {
  const name = confinement === 'apparmor' ? codename : `${codename}-${confinement}`;
  const folder = cached(`server/${name}`);
  await execa('bash', ['test/server/image', codename, confinement, folder, ...packages], {
    stdio: 'inherit',
  });
  return folder;
}
