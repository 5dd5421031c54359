/**
 * Which claim has which ports: a file in the plugin's folder, replaced as a whole. A claim is in it before anything of
 * it is made and until all of it is gone, so that whatever a crash leaves has an owner.
 */
import * as z from 'zod';
import { isBelieved } from '../../system/files/believed.js';
import { HostFiles } from '../../system/files/host-files.js';
import { InvalidInput } from '../../values/errors.js';
import { readRecord } from '../../values/json-record.js';
import type { PlannedClaim } from '../claims/plan.js';
import { dnsLabel, dnsSubdomain, requestName, uid } from '../names.js';

const path = z.string().regex(/^\/[^\0]*$/);

const port = z.strictObject({
  request: requestName,
  pool: z.string(),
  device: dnsLabel,
  network: z.string(),
  mtu: z.int(),
  folder: path,
  podFolder: path,
  /** As port.add takes it; the switch checks it. */
  port: z.looseObject({ name: z.string(), path }),
});

const schema = z.strictObject({
  version: z.literal(1),
  claims: z.array(
    z.strictObject({
      namespace: dnsLabel,
      name: dnsSubdomain,
      uid,
      podClaim: dnsLabel.optional(),
      ports: z.array(port),
    }),
  ),
});

/** The claims that have, or may have, something on this node. */
export class Checkpoint {
  readonly #file: string;
  readonly #files = new HostFiles();
  readonly #claims = new Map<string, PlannedClaim>();

  /** @throws InvalidInput for a file that is damaged, or that others may write */
  constructor(file: string) {
    this.#file = file;
    const refuse = (problem: string, cause?: unknown) =>
      new InvalidInput(
        { thing: file, problem, remedy: 'drain the node, remove the file, and start anew' },
        { cause },
      );
    const stat = this.#files.stat(file, 'kept');
    if (stat === undefined) return;
    if (!isBelieved(stat)) throw refuse('is not a file that only this user may write');
    const { claims } = readRecord(this.#files.text(file) ?? '', schema, refuse);
    for (const one of claims) this.#claims.set(one.uid, one as PlannedClaim);
  }

  get(uid: string): PlannedClaim | undefined {
    return this.#claims.get(uid);
  }

  get all(): PlannedClaim[] {
    return [...this.#claims.values()];
  }

  /** It is on the disk when this returns. @throws Failed */
  put(claim: PlannedClaim): void {
    this.#claims.set(claim.uid, claim);
    this.#write();
  }

  /** @throws Failed */
  remove(uid: string): void {
    if (this.#claims.delete(uid)) this.#write();
  }

  #write(): void {
    const text = `${JSON.stringify({ version: 1, claims: this.all }, null, 2)}\n`;
    this.#files.write(this.#file, text, { mode: 0o600, last: 'kept' });
  }
}
