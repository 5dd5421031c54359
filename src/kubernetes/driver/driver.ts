/** Prepare and Unprepare: a claim becomes ports, and these go with it; each call may come twice, or after a crash. */
import type { SwitchClient } from '../../switch/client.js';
import { registerPorts } from '../../switch/register.js';
import { errorText, InvalidInput } from '../../values/errors.js';
import { cdiIds } from '../cdi.js';
import { claimText, readClaim } from '../claims/claim.js';
import { type PlannedClaim, type PlannedPort, planClaim } from '../claims/plan.js';
import { type ClaimRef, dnsLabel, dnsSubdomain, uid as uidSchema } from '../names.js';
import type { Device } from '../slices/devices.js';
import type { Checkpoint } from './checkpoint.js';
import type { Places } from './places.js';
import { Turns } from './turns.js';
import { Withdrawn } from './withdrawn.js';

/** The switch, as far as the driver asks it. */
export type Ports = Pick<SwitchClient, 'ports' | 'addPort' | 'removePort' | 'setPort'>;

/** What the driver works with. */
export interface DriverSide {
  driver: string;
  node: string;
  /** The folder of all claims. */
  claims: string;
  checkpoint: Checkpoint;
  places: Places;
  /** The API server's answer; undefined: it has no such claim. */
  claim(namespace: string, name: string): Promise<unknown>;
  /** The devices that the node has now. */
  devices(): Promise<readonly Device[]>;
  /** With the switch, on a connection of its own. */
  withSwitch<T>(use: (ports: Ports) => Promise<T>): Promise<T>;
  /** One line for the log. */
  say(line: string): void;
}

/** A device as kubelet is told. Source: message Device in dra/v1/api.proto. */
export interface PreparedDevice {
  request_names: string[];
  pool_name: string;
  device_name: string;
  cdi_device_ids: string[];
}

/**
 * One at a time: two calls for one claim, or a call and a round, must not meet. Those for one claim wait for each other
 * from the beginning; the turn that all share is for node and switch alone, and nobody asks the API server in it: it may
 * take long to answer, and another claim is no concern of its.
 */
export class Driver {
  readonly #side: DriverSide;
  readonly #turns = new Turns();
  readonly #withdrawn: Withdrawn;

  constructor(side: DriverSide) {
    this.#side = side;
    this.#withdrawn = new Withdrawn(side.devices, side.say);
  }

  /** Makes the claim's ports, or sees to it that they are there. @throws VmlaneError */
  async prepare(asked: ClaimRef): Promise<PreparedDevice[]> {
    checkRef(asked);
    return this.#turns.take(asked.uid, async () => {
      const { checkpoint, driver } = this.#side;
      const known = checkpoint.get(asked.uid);
      if (known) await this.#withdrawn.refuse(known.ports);
      const claim = known ?? (await this.#planned(asked));
      await this.#inTurn(() => (known ? this.#make(known) : this.#makeNew(claim)));
      return claim.ports.map((port) => ({
        request_names: [port.request],
        pool_name: port.pool,
        device_name: port.device,
        cdi_device_ids: cdiIds(driver, claim, port),
      }));
    });
  }

  /** Takes all of a claim back; one that is not known has nothing. @throws VmlaneError */
  async unprepare(asked: ClaimRef): Promise<void> {
    checkRef(asked);
    return this.#forClaim(asked.uid, async () => {
      const { checkpoint, places } = this.#side;
      // Whatever is made has a place in the checkpoint first: then the switch has nothing, and need not be asked.
      if (checkpoint.get(asked.uid) === undefined && !places.has(asked.uid)) return;
      await this.#release(asked.uid);
      this.#side.say(`${claimText(asked)}: unprepared`);
    });
  }

  /**
   * Brings checkpoint, switch and folders together: ports that the switch has lost come back; claims that the cluster
   * no longer has go, and so does what belongs to none. What cannot be decided now stays. kubelet's calls come between
   * two claims. @throws VmlaneError
   */
  async settle(): Promise<void> {
    const { checkpoint, places, say } = this.#side;
    const failures: unknown[] = [];
    // One that fails keeps no other from its ports, or from going.
    const attempt = <T>(act: () => Promise<T>) =>
      act().catch((error: unknown) => {
        failures.push(error);
        return undefined;
      });
    // Not to answer takes the API server long, and it is not asked again in this round.
    let answers = true;
    for (const claim of checkpoint.all)
      await attempt(() =>
        this.#turns.take(claim.uid, async () => {
          // Meanwhile unprepared, or even prepared anew.
          if (checkpoint.get(claim.uid) !== claim) return;
          const isGone = answers ? await this.#isGone(claim) : undefined;
          answers = isGone !== undefined;
          await this.#inTurn(() => this.#settleOne(claim, isGone ?? false));
        }),
      );
    const ofPorts = (await attempt(() => this.#strayPorts())) ?? [];
    const ofPlaces = (await attempt(async () => places.uids())) ?? [];
    for (const uid of new Set([...ofPorts, ...ofPlaces]))
      await attempt(() =>
        this.#forClaim(uid, async () => {
          if (checkpoint.get(uid)) return;
          await this.#release(uid);
          say(`claim ${uid}: nobody knows it, what was left is removed`);
        }),
      );
    if (failures.length > 0) throw failures[0];
  }

  /** Ports that the switch has lost, as by a state file that is gone, come back. @throws VmlaneError */
  tend(): Promise<void> {
    return this.#inTurn(async () => {
      const wanted = this.#side.checkpoint.all.flatMap(({ ports }) => ports);
      if (wanted.length === 0) return;
      await this.#side.withSwitch(async (ports) => {
        const there = new Set((await ports.ports()).map(({ path }) => path));
        const lost = await this.#withdrawn.without(
          wanted.filter(({ port }) => !there.has(port.path)),
        );
        await register(ports, lost);
      });
    });
  }

  async #settleOne(claim: PlannedClaim, isGone: boolean): Promise<void> {
    if (!isGone) return this.#make(claim);
    await this.#release(claim.uid);
    this.#side.say(`${claimText(claim)}: gone from the cluster, its ports are removed`);
  }

  async #planned(asked: ClaimRef): Promise<PlannedClaim> {
    const { driver, node, claims } = this.#side;
    const answer = await this.#side.claim(asked.namespace, asked.name);
    if (answer === undefined) {
      const remedy = 'was it deleted? Start the pod anew';
      const problem = 'the API server has no such claim';
      throw new InvalidInput({ thing: claimText(asked), problem, remedy });
    }
    const claim = readClaim(answer, asked, driver);
    return planClaim(claim, { node, claims, devices: await this.#side.devices() });
  }

  /** Nothing is left of one that fails: kubelet asks again, or gives up without a word. */
  async #makeNew(claim: PlannedClaim): Promise<void> {
    const { checkpoint, say } = this.#side;
    checkpoint.put(claim);
    try {
      await this.#make(claim);
    } catch (error) {
      await this.#release(claim.uid).catch(this.#later(claim));
      throw error;
    }
    say(`${claimText(claim)}: prepared, ${portsText(claim)}`);
  }

  async #make(claim: PlannedClaim): Promise<void> {
    const { places } = this.#side;
    places.makeFolders(claim);
    const given = await this.#withdrawn.without(claim.ports);
    await this.#side.withSwitch((ports) => register(ports, given));
    places.writeFiles(claim);
  }

  async #release(uid: string): Promise<void> {
    const { checkpoint, places } = this.#side;
    await this.#side.withSwitch(async (ports) => {
      const its = (await ports.ports()).filter(({ path }) => this.#uidOf(path) === uid);
      for (const { name } of its) await ports.removePort(name);
    });
    await places.remove(uid);
    checkpoint.remove(uid);
  }

  /** UIDs of claims that ports of the switch are of. */
  #strayPorts(): Promise<string[]> {
    return this.#side.withSwitch(async (ports) =>
      (await ports.ports()).flatMap(({ path }) => this.#uidOf(path) ?? []),
    );
  }

  /** The claim whose port is on this path; undefined: a port of others. */
  #uidOf(path: string): string | undefined {
    const above = `${this.#side.claims}/`;
    if (!path.startsWith(above)) return undefined;
    const [uid] = path.slice(above.length).split('/');
    return uidSchema.safeParse(uid).data;
  }

  /** Undefined: no answer. Then it is there, and kubelet says when it goes. */
  async #isGone({ namespace, name, uid }: PlannedClaim): Promise<boolean | undefined> {
    try {
      const answer = await this.#side.claim(namespace, name);
      return answer === undefined || Reflect.get(Object(answer), 'metadata')?.uid !== uid;
    } catch {
      return undefined;
    }
  }

  #later(claim: PlannedClaim) {
    return (error: unknown) => {
      this.#side.say(`${claimText(claim)}: is not taken back yet: ${errorText(error)}`);
    };
  }

  /** What a claim is to have on node and switch. */
  #forClaim<T>(uid: string, act: () => Promise<T>): Promise<T> {
    return this.#turns.take(uid, () => this.#inTurn(act));
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    return this.#turns.take(ALL, act);
  }
}

/** The turn of all: no claim has that UID. */
const ALL = '';

/** All or none; one with other settings gets these. */
async function register(ports: Ports, wanted: readonly PlannedPort[]): Promise<void> {
  if (wanted.length === 0) return;
  await registerPorts(
    ports,
    wanted.map(({ port }) => port),
  );
}

/** The UID is a part of paths; the others come from users, and are in messages and questions. @throws InvalidInput */
function checkRef({ namespace, name, uid }: ClaimRef): void {
  const problem = [
    ['UID', uid, uidSchema] as const,
    ['namespace', namespace, dnsLabel] as const,
    ['name', name, dnsSubdomain] as const,
  ].find(([, value, schema]) => !schema.safeParse(value).success);
  if (problem === undefined) return;
  const [what, value] = problem;
  throw new InvalidInput({
    thing: `claim with the ${what} ${JSON.stringify(value).slice(0, 80)}`,
    problem: `no claim can have that ${what}`,
    remedy: 'is it kubelet that asks?',
  });
}

function portsText({ ports }: PlannedClaim): string {
  return ports.map(({ port, network }) => `port ${port.name} in network ${network}`).join(', ');
}
