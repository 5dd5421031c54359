/** Interfaces and ports of the host come back, as after a boot. */
import type { PortRequest } from '../contract/types.js';
import { VmlaneError } from '../values/errors.js';
import { planAttachment } from './attach.js';
import type { Switch } from './host-port.js';
import { type PresentInterface, planInterface, readInterfaces } from './interfaces.js';
import { isOfNic, planNic } from './nic.js';
import { nodeOwner, removeNode } from './nodes.js';
import { ownedBy } from './owner.js';
import { interfaceRecords, requestOf } from './records.js';
import { carryOut } from './steps.js';

/** What became of a switch's interfaces; `late`: those whose bridge is not there yet. */
export interface Restored {
  made: string[];
  late: string[];
  failed: VmlaneError[];
  /** Their ports, for restorePorts; without those of cards that bridges lend, which takeNics takes. */
  requests: PortRequest[];
}

/**
 * Makes the interfaces of the switch on this control socket that are not there, as after a boot, for its
 * user. Those that are there stay as they are, but come back into their bridge; and one that fails does not keep the others away.
 */
export async function restoreInterfaces(controlSocket: string, uid: number): Promise<Restored> {
  const done: Restored = { made: [], late: [], failed: [], requests: [] };
  const attempt = async (act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      done.failed.push(error);
    }
  };
  await attempt(async () => {
    const names = interfaceRecords.names();
    if (names.length === 0) return;
    const present = await readInterfaces();
    for (const name of names) await attempt(() => restore(name, controlSocket, uid, present, done));
  });
  return done;
}

/**
 * Adds the ports that a switch has not kept, as after a boot. Returns what it refused.
 * @throws as SwitchClient.ports
 */
export async function restorePorts(
  client: Pick<Switch, 'ports' | 'addPort'>,
  requests: readonly PortRequest[],
): Promise<VmlaneError[]> {
  const failed: VmlaneError[] = [];
  const present = requests.length > 0 ? await client.ports() : [];
  for (const request of requests) {
    if (present.some(({ name }) => name === request.name)) continue;
    try {
      await client.addPort(request);
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      failed.push(error);
    }
  }
  return failed;
}

async function restore(
  name: string,
  controlSocket: string,
  uid: number,
  present: readonly PresentInterface[],
  done: Restored,
): Promise<void> {
  const record = interfaceRecords.read(name);
  if (record?.control_socket !== controlSocket) return;
  if (isOfNic(record)) {
    // Its number may be another's by now, which is none of the switch's business.
    if (nodeOwner(name) === undefined) removeNode(name);
    // Lent by a bridge: when the switch answers.
    if (record.taken_from !== undefined) return;
    done.requests.push(requestOf(record));
    const steps = planNic(record, uid, present);
    if (steps.length > 0) done.made.push(name);
    return void (await carryOut(steps));
  }
  done.requests.push(requestOf(record));
  const { bridge } = record;
  const step = bridge === undefined ? [] : planAttachment(name, bridge, present);
  if (step.length > 0) await carryOut(step);
  const found = present.find((one) => one.name === name);
  const { uid: number, name: user } = ownedBy(uid);
  if (found && [String(number), user].includes(found.owner)) return;
  const isLate = bridge !== undefined && !present.some((one) => one.name === bridge);
  await carryOut(planInterface({ ...record, isLate }, ownedBy(uid), present));
  done.made.push(name);
  if (isLate) done.late.push(name);
}
