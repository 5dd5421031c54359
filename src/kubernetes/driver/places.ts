/** Folders and files of prepared claims on the node. */
import { HostFiles } from '../../system/files/host-files.js';
import { runApart } from '../../system/processes/apart.js';
import { Failed } from '../../values/errors.js';
import { cdiFile, cdiSpec, metadataFile, requestsOf, uidOfCdiFile } from '../cdi.js';
import { claimFolder, type PlannedClaim } from '../claims/plan.js';
import { metadataOf } from '../metadata.js';
import { uid as uidSchema } from '../names.js';

/** Where they are, and whose. */
export interface PlacesOptions {
  driver: string;
  /** The folder of all claims, such as /run/vmlane/claims. */
  claims: string;
  /** The folder of CDI files, such as /var/run/cdi. */
  cdi: string;
  /** QEMU's group in the pods. The switch's user is in it, too, to dial what QEMU makes. */
  qemuGroup: number;
  /** How long the removal of a claim's folder may take. */
  removalMs?: number;
}

/** Who had the folder may have filled it, or fill it still; meanwhile no other claim has its turn. */
const REMOVAL_MS = 10_000;

/** Only root, and QEMU's group by a name that it knows: nobody lists claims. */
const ABOVE = 0o710;
/** QEMU makes its socket there. Set-group-ID, so that the socket has the group that the switch is in; sticky. */
const OF_SOCKET = 0o3770;

/** Makes and removes what a claim has on the node, each in any state that a crash may leave. */
export class Places {
  readonly #options: PlacesOptions;
  readonly #files = new HostFiles();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** The folders of the ports: before these. @throws Failed */
  makeFolders({ uid, ports }: PlannedClaim): void {
    const { claims, qemuGroup } = this.#options;
    const folder = (path: string, mode: number) =>
      this.#files.makeFolder(path, { mode, uid: 0, gid: qemuGroup });
    folder(claims, ABOVE);
    folder(claimFolder(claims, uid), ABOVE);
    for (const port of ports) folder(port.folder, OF_SOCKET);
  }

  /** What the runtime and the pod read: after the ports. @throws Failed */
  writeFiles(claim: PlannedClaim): void {
    const { driver, claims, cdi } = this.#options;
    // Programs in the pod read it, as any user there.
    for (const request of requestsOf(claim))
      this.#write(metadataFile(claims, claim, request), metadataOf(driver, claim, request));
    this.#write(`${cdi}/${cdiFile(driver, claim.uid)}`, cdiSpec(driver, claims, claim));
  }

  /** Whether a claim has anything here. `uid` is checked. */
  has(uid: string): boolean {
    return [this.#cdiPath(uid), claimFolder(this.#options.claims, uid)].some((path) =>
      this.#files.exists(path),
    );
  }

  /** `uid` is checked. @throws Failed */
  async remove(uid: string): Promise<void> {
    this.#files.remove(this.#cdiPath(uid), 'kept');
    const folder = claimFolder(this.#options.claims, uid);
    if (!this.#files.exists(folder)) return;
    // QEMU's user had the folder below to itself. rm goes down by descriptors and follows no link, whoever changes it.
    const timeout = this.#options.removalMs ?? REMOVAL_MS;
    const ran = await runApart('rm', ['-rf', '--one-file-system', '--', folder], { timeout });
    if (ran.exitCode === 0) return;
    const late = ran.timedOut && `is not removed after ${timeout / 1000} s`;
    const problem = late || ran.stderr.trim().split('\n').at(-1) || ran.shortMessage;
    const remedy = 'remove it by hand, and see what still uses it';
    throw new Failed({ thing: folder, problem, remedy });
  }

  /** UIDs of claims that have a folder or a file here. */
  uids(): string[] {
    const { driver, claims, cdi } = this.#options;
    const ofFiles = this.#files.names(cdi).flatMap((file) => uidOfCdiFile(driver, file) ?? []);
    const all = [...this.#files.names(claims), ...ofFiles];
    return [...new Set(all)].filter((one) => uidSchema.safeParse(one).success);
  }

  #cdiPath(uid: string): string {
    return `${this.#options.cdi}/${cdiFile(this.#options.driver, uid)}`;
  }

  #write(path: string, content: object): void {
    const text = `${JSON.stringify(content, null, 2)}\n`;
    this.#files.write(path, text, { mode: 0o644, last: 'kept' });
  }
}
