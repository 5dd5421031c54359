/** How the commands for relays are told which one, which device and which socket. */
import { DEVICE_NAME, LINK, LISTENER, PORT_NAME, PORT_SETTINGS } from '../../../contract/bounds.js';
import { plainDevice, RELAY_NUMBERS, relayName } from '../../../relays/names.js';
import type { RelayStep } from '../../../relays/steps.js';
import type { SwitchClient } from '../../../switch/index.js';
import { BOND_MODE, bondOfAddresses } from '../../../values/bond.js';
import { InvalidInput } from '../../../values/errors.js';
import { guestSocket, USUAL_LISTENER } from '../../../values/guest-socket.js';
import { pciAddress } from '../../../values/pci.js';
import { GUEST_FOLDER, pathTrouble, SOCKET_PATH_MAX } from '../../../values/socket-path.js';
import type { Io } from '../../io.js';
import { choice, flag, integer, text, texts } from '../../options.js';

/** Which relay, as an optional word after the command. */
export const NAME = { describe: "the relay's name, such as 3 or web1", names: 'relay' } as const;

/** Which relay, as virtio-forwarder says it. */
export const virtioId = {
  'virtio-id': integer(
    'virtio-id',
    RELAY_NUMBERS.min,
    RELAY_NUMBERS.max,
    'Instead of NAME: its number',
  ),
} as const;

/** Which device. */
export const deviceOptions = {
  device: text('device', 'The DPDK device, such as 0000:01:10.0 or net_memif0,role=…'),
  'pci-addr': texts(
    'Instead of --device: the PCI address of the VF, with or without its domain; several are a bond',
    'vf-address',
  ),
} as const;

/** A bond that is to be made. */
export const bondOptions = {
  mode: integer(
    'mode',
    BOND_MODE.min,
    BOND_MODE.max,
    `Mode of a bond, as the kernel numbers them [default: ${BOND_MODE.usual}, active-backup]`,
  ),
  name: text('name', "Name of a bond's port, such as net_bonding0 [default: relay:NAME.vf]"),
} as const;

/** Who listens on the socket. */
export const listenerOption = {
  listener: choice(
    'listener',
    LISTENER.values,
    `${PORT_SETTINGS.listener.describe} [default: ${USUAL_LISTENER}]`,
  ),
} as const;

/** The link of the guest. */
export const linkOption = {
  link: choice(
    'link',
    LINK.values,
    "The guest's link; auto: that of the device [default: auto for a new one]",
  ),
} as const;

/** The guest's socket, under virtio-forwarder's name. */
export const vhostPath = text('vhost-path', "The guest's vhost-user socket", 'file');

/** What every command that changes relays has. */
export const changing = {
  conditional: flag('What is so already is no error'),
  'dry-run': flag('Print what the switch would be asked, change nothing'),
} as const;

/** The relay that NAME or --virtio-id names; undefined: neither does. @throws InvalidInput */
export function givenName(values: {
  NAME?: string | undefined;
  'virtio-id'?: number | undefined;
}): string | undefined {
  const { NAME: name, 'virtio-id': number } = values;
  if (name === undefined) return number === undefined ? undefined : String(number);
  if (number === undefined || name === String(number)) return relayName(name);
  const problem = `is given with the name ${name}`;
  throw new InvalidInput({ thing: '--virtio-id', problem, remedy: 'leave one of them out' });
}

/** The same, where one must. @throws InvalidInput */
export function neededName(
  command: string,
  values: { NAME?: string | undefined; 'virtio-id'?: number | undefined },
): string {
  const name = givenName(values);
  if (name !== undefined) return name;
  const remedy = `see 'vmlane relay ${command} --help'`;
  throw new InvalidInput({ thing: `vmlane relay ${command}`, problem: 'NAME is missing', remedy });
}

/** What names a device, in the options of a command. */
interface DeviceValues {
  device?: string | undefined;
  'pci-addr'?: readonly (string | number)[] | undefined;
  name?: string | undefined;
  mode?: number | undefined;
}

/**
 * The device that is to be attached, and the name of its port if it is a bond that has one; undefined: there is none.
 * @throws InvalidInput
 */
export function wishedDevice(values: DeviceValues): {
  device: string | undefined;
  port: string | undefined;
} {
  const { name: port, mode } = values;
  const device = givenDevice(values);
  const isBond = (values['pci-addr'] ?? []).length > 1;
  for (const [option, value] of [
    ['--name', port],
    ['--mode', mode],
  ] as const) {
    if (value === undefined || isBond) continue;
    const problem = 'is of a bond, and a bond has two addresses or more';
    const remedy = 'give --pci-addr for each of its members, or leave it out';
    throw new InvalidInput({ thing: option, problem, remedy });
  }
  if (port !== undefined && !(PORT_NAME.pattern.test(port) && port.length <= PORT_NAME.max))
    throw new InvalidInput({
      thing: `--name ${port}`,
      problem: 'is no name of a port',
      remedy: `give ${PORT_NAME.want}`,
    });
  return { device, port };
}

/** The device that --device or --pci-addr names, several addresses a bond; undefined: neither does. @throws InvalidInput */
export function givenDevice(values: DeviceValues): string | undefined {
  const { device, 'pci-addr': addresses = [], mode } = values;
  const plain = addresses.map((address) => pciOf(String(address)));
  const first = plain.length > 1 ? bondOfAddresses(plain, mode) : plain[0];
  if (device === undefined) return first;
  if (first !== undefined) {
    const problem = 'is given with --device';
    throw new InvalidInput({ thing: '--pci-addr', problem, remedy: 'leave one of them out' });
  }
  if (DEVICE_NAME.pattern.test(device) && device.length <= DEVICE_NAME.max)
    return plainDevice(device);
  const remedy = `give ${DEVICE_NAME.want.replace(/, or null$/, '')}`;
  throw new InvalidInput({ thing: `--device ${device}`, problem: 'is no device', remedy });
}

function pciOf(text: string): string {
  const address = pciAddress(text);
  if (address !== undefined) return address;
  const remedy = 'give one such as 0000:01:10.0 or 01:10.0';
  throw new InvalidInput({ thing: `--pci-addr ${text}`, problem: 'is no PCI address', remedy });
}

/** The socket of a relay's guest, where none is given. */
export function usualSocket(relay: string): string {
  return guestSocket(GUEST_FOLDER, relay, 0);
}

/** The socket, if the switch could have it. @throws InvalidInput */
export function socketPath(option: string, given: string): string {
  const trouble = pathTrouble(given, SOCKET_PATH_MAX);
  if (trouble) throw new InvalidInput({ thing: option, ...trouble });
  return given;
}

/** Prints the steps, or does them so that no signal ends the process midway. Returns whether something changed. */
export async function perform(
  client: SwitchClient,
  plan: () => Promise<RelayStep[]>,
  dry: boolean | undefined,
  io: Io,
): Promise<{ changed: boolean; commands: string[] }> {
  const { carryOutRelay, relayCommandOf } = await import('../../../relays/index.js');
  if (dry) return { changed: false, commands: (await plan()).map(relayCommandOf) };
  return io.held(async (signal) => {
    const steps = await plan();
    await carryOutRelay(client, steps, signal);
    return { changed: steps.length > 0, commands: [] };
  });
}
