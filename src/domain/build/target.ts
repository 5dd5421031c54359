import { InvalidInput } from '../../values/errors.js';

/** The first libvirt whose XML can say that memory is shared (`<access>`, `<source>`). */
const OLDEST = '3.1';

/** The libvirt that a domain is for: what it supports, and what was left out because of it. */
export class Target {
  /** What was left out, one line each. */
  readonly warnings: string[] = [];
  readonly #version: number;

  /** `version`: such as 9.0 or 9.0.0; undefined: any newer one. @throws InvalidInput */
  constructor(version?: string) {
    this.#version = version === undefined ? Number.POSITIVE_INFINITY : parse(version);
    if (this.#version >= parse(OLDEST)) return;
    const problem = `${version} cannot express which memory is shared`;
    throw new InvalidInput({
      ...{ thing: 'libvirt version', problem },
      remedy: `give ${OLDEST} or newer`,
    });
  }

  /** Whether libvirt has a feature, which came with version `since`; if not, adds the warning `loss` unless ''. */
  has(since: string, loss = ''): boolean {
    if (this.#version >= parse(since)) return true;
    const warning = `${loss} (libvirt ${since})`;
    if (loss !== '' && !this.warnings.includes(warning)) this.warnings.push(warning);
    return false;
  }

  /** @throws InvalidInput for what cannot be left out */
  need(since: string, what: string, remedy: string): void {
    if (this.has(since)) return;
    throw new InvalidInput({ thing: what, problem: `needs libvirt ${since}`, remedy });
  }
}

function parse(version: string): number {
  const [, major, minor, micro = '0'] =
    /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?$/.exec(version) ?? [];
  if (major !== undefined) return Number(major) * 1e6 + Number(minor) * 1e3 + Number(micro);
  throw new InvalidInput({
    thing: 'libvirt version',
    problem: `got ${JSON.stringify(version.slice(0, 40))}`,
    remedy: "give one such as 9.0; 'virsh version' shows it",
  });
}

/** A libvirt that knows everything. */
export const NEWEST = new Target();
