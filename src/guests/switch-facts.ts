/** What a host's switch has to do with a guest: what it carries, where it runs, what its relays join. */
import type { HostFacts } from '../domain/validate/index.js';
import { plainDevice, relaysOf } from '../relays/index.js';
import { readSwitchSettings } from '../switch/index.js';
import { controlSocketPath } from '../switch/paths.js';
import { readEndpoint } from '../system/devices/pci.js';
import { lookAt } from '../system/look/index.js';
import { reachSwitch } from './host.js';

/** Facts of a host that its switch has. */
export type SwitchFacts = Pick<HostFacts, 'maxFrame' | 'switchCpus' | 'relays'>;

/**
 * Of the switch that runs; of another root, or if none runs, what its settings file says.
 * @throws InvalidInput for a settings file that is wrong
 */
export async function switchFacts(root: string): Promise<SwitchFacts> {
  return (root === '/' ? await running() : undefined) ?? planned(root);
}

async function running(): Promise<SwitchFacts | undefined> {
  const { client } = await reachSwitch(controlSocketPath(undefined, process.env));
  if (!client) return undefined;
  try {
    const { max_frame: maxFrame, lcores } = await client.info();
    const relays = new Map(relaysOf(await client.ports()).flatMap(relayAt));
    return { maxFrame, switchCpus: lcores.map(({ cpu }) => cpu), relays };
  } finally {
    client.close();
  }
}

/** The device behind a relay's socket. */
function relayAt({ vf, vm }: ReturnType<typeof relaysOf>[number]) {
  if (!vm?.path || !vf?.device) return [];
  const device = plainDevice(vf.device);
  const node = readEndpoint(device, lookAt('/'))?.node;
  return [[vm.path, { device, ...(node !== undefined && { node }) }] as const];
}

function planned(root: string): SwitchFacts {
  const { cpus } = readSwitchSettings(undefined, root).settings;
  return cpus ? { switchCpus: cpus } : {};
}
