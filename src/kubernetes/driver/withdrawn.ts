/**
 * Ports of networks that the administrator has removed since, or given another VLAN. Whoever also removes such a port
 * from the switch has taken it away: the checkpoint, which remembers the VLAN, does not bring it back.
 */
import { InvalidInput } from '../../values/errors.js';
import type { PlannedPort } from '../claims/plan.js';
import type { Device } from '../slices/devices.js';

/** Compares ports with today's networks. */
export class Withdrawn {
  readonly #devices: () => Promise<readonly Device[]>;
  readonly #say: (line: string) => void;
  /** Names of ports of which it was said. */
  readonly #said = new Set<string>();

  constructor(devices: () => Promise<readonly Device[]>, say: (line: string) => void) {
    this.#devices = devices;
    this.#say = say;
  }

  /** Those whose networks are as they were; of each of the others it is said once. @throws VmlaneError */
  async without(ports: readonly PlannedPort[]): Promise<PlannedPort[]> {
    if (ports.length === 0) return [];
    const devices = await this.#devices();
    return ports.filter((one) => {
      const { name } = one.port;
      if (isOf(one, devices)) {
        this.#said.delete(name);
        return true;
      }
      if (!this.#said.has(name)) this.#say(refusal(one).message);
      this.#said.add(name);
      return false;
    });
  }

  /** For kubelet, which starts a pod with them. @throws InvalidInput if one of them is withdrawn */
  async refuse(ports: readonly PlannedPort[]): Promise<void> {
    const devices = await this.#devices();
    const withdrawn = ports.find((one) => !isOf(one, devices));
    if (withdrawn) throw refusal(withdrawn);
  }
}

function isOf({ network, port }: PlannedPort, devices: readonly Device[]): boolean {
  return devices.some((one) => one.network.name === network && one.network.vlan === port.vlan);
}

function refusal({ network, port }: PlannedPort): InvalidInput {
  return new InvalidInput({
    thing: `port ${port.name}`,
    problem: `this node has no network ${network} with VLAN ${port.vlan} any more, so it is not added`,
    remedy: 'end its pod, or add the network again',
  });
}
