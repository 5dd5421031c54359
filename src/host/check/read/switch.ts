import { SwitchClient } from '../../../switch/index.js';
import { VmlaneError } from '../../../values/errors.js';
import type { SwitchFacts } from '../facts.js';

/** Asks the switch; never rejects for one that is not there. */
export async function readSwitch(socket: string): Promise<SwitchFacts> {
  try {
    const client = await SwitchClient.connect(socket);
    try {
      const { version, dpdk, pid } = client.hello;
      const ports = (await client.ports()).map(({ path }) => path);
      return { socket, version, dpdk, pid, ports };
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    const { problem, remedy } = error.trouble;
    return { socket, problem, remedy };
  }
}
