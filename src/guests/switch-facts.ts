/** What a host's switch has to do with a guest: what it carries, where it runs, what its relays join. */
import type { HostFacts, HostRelay } from '../domain/validate/index.js';
import { plainDevice, relaysOf } from '../relays/index.js';
import { type SettingsReader, settingsReader } from '../sriov/host.js';
import { readSwitchSettings } from '../switch/index.js';
import { controlSocketPath } from '../switch/paths.js';
import { readEndpoint } from '../system/devices/pci.js';
import { lookAt } from '../system/look/index.js';
import { reachSwitch } from './host.js';
import { readRelayVfs } from './relay-vfs.js';

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
    const found = relaysOf(await client.ports());
    const relays = await hostRelays(
      found.flatMap(({ name, vf, vm }) =>
        vf?.device ? [{ name, device: vf.device, path: vm?.path }] : [],
      ),
      '/',
    );
    return { maxFrame, switchCpus: lcores.map(({ cpu }) => cpu), relays };
  } finally {
    client.close();
  }
}

interface JoinedDevice {
  name: string;
  device: string;
  path?: string | null | undefined;
}

function hostRelays(joined: readonly JoinedDevice[], root: string): Promise<HostRelay[]> {
  const settingsOf = settingsReader(root);
  return Promise.all(joined.map((one) => hostRelay(one, settingsOf, root)));
}

async function hostRelay(
  { name, device, path }: JoinedDevice,
  settingsOf: SettingsReader,
  root: string,
): Promise<HostRelay> {
  const plain = plainDevice(device);
  const node = readEndpoint(plain, lookAt(root))?.node;
  return {
    ...{ name, device: plain, vfs: await readRelayVfs(device, settingsOf, root) },
    ...(path && { path }),
    ...(node !== undefined && { node }),
  };
}

async function planned(root: string): Promise<SwitchFacts> {
  const { cpus, relay = [] } = readSwitchSettings(undefined, root).settings;
  const relays = await hostRelays(relay, root);
  return { ...(cpus && { switchCpus: cpus }), ...(relay.length > 0 && { relays }) };
}
