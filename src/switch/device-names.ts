/** Names of devices, as the EAL takes them, and its arguments for them. */
import { BOND, bondOf } from '../values/bond.js';
import { InvalidInput } from '../values/errors.js';
import { pciAddress } from '../values/pci.js';
import { addressesIn } from './place.js';

/** Names of DPDK's network devices without a PCI address of their own. */
const VIRTUAL_DEVICE = /^(net_|eth_|virtio_user)[a-z0-9_]*\d+(,[\x21-\x7e]+)?$/;
const INTERFACE = /^[a-z][\w.-]{0,14}$/i;

/** What of a switch's options are devices. */
export interface Devices {
  uplink?: string | undefined;
  devices?: readonly { name: string; device: string }[] | undefined;
  /** Static relays. */
  relays?: readonly { name: string; device: string }[] | undefined;
}

/** All that it is to have, as DPDK names them. */
export function devicesOf({ uplink, devices = [], relays = [] }: Devices): string[] {
  const named = [...devices, ...relays].map(({ device }) => device);
  return [...(uplink === undefined ? [] : [uplink]), ...named];
}

/** The EAL's arguments for devices; without one on PCI the EAL looks at none. @throws InvalidInput */
export function deviceArguments(options: Devices): string[] {
  const { uplink, devices = [], relays = [] } = options;
  for (const { device } of devices) mustBeDevice(`device ${device}`, device);
  for (const { name, device } of relays) mustBeDevice(`relay ${name}: ${device}`, device);
  if (uplink !== undefined) mustBeDevice(`uplink ${uplink}`, uplink);
  const all = devicesOf(options);
  const settings = settingsIn(all);
  mustBeAskedFor(all, settings);
  const addresses = addressesIn(all).map((one) => settings.get(one) ?? one);
  const pci = addresses.length > 0 ? addresses.flatMap((one) => ['-a', one]) : ['--no-pci'];
  // Those of --device are made by the switch itself.
  return uplink === undefined || addressOf(uplink) !== undefined ? pci : [...pci, '--vdev', uplink];
}

/** The address of a function of a card, with or without settings. */
function addressOf(device: string): string | undefined {
  return pciAddress(device.split(',', 1)[0] ?? '');
}

/** Functions with settings, by their addresses. @throws InvalidInput for two of one function */
function settingsIn(all: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const device of all) {
    const address = addressOf(device);
    if (address === undefined || !device.includes(',')) continue;
    const other = found.get(address);
    if (other !== undefined && other !== device) {
      const problem = `is also given with other settings, as ${other}`;
      throw new InvalidInput({
        thing: `device ${device}`,
        problem,
        remedy: 'give all settings once',
      });
    }
    found.set(address, device);
  }
  return found;
}

/** A representor, as DPDK names its port; its function has to be asked for it. */
const REPRESENTOR = /^net_([0-9a-f:.]+)_representor_(?:c\d+)?(?:pf\d+)?(?:[vs]f)?\d+$/i;

function isRepresentor(device: string): boolean {
  return pciAddress(REPRESENTOR.exec(device)?.[1] ?? '') !== undefined;
}

function mustBeAskedFor(all: readonly string[], settings: ReadonlyMap<string, string>): void {
  for (const device of all) {
    const [, of] = REPRESENTOR.exec(device) ?? [];
    const address = of === undefined ? undefined : pciAddress(of);
    if (address === undefined || /,representor=/.test(settings.get(address) ?? '')) continue;
    const problem = `nobody asks ${address} for representors`;
    const remedy = `give it as a device, too, with settings: NAME=${address},representor=[0-1]`;
    throw new InvalidInput({ thing: `device ${device}`, problem, remedy });
  }
}

/** Settings of a driver, as `representor=[0-1,3],queue-num-per-vf=8`. */
const SETTING = /^[a-z][\w-]*=(?:[\w.:/+-]+|[\w.:/+-]*\[[\w,-]+\][\w.:/+-]*)$/i;

/** Others are 4 to DPDK's i40e, which says so in a log only. Source: its guide. */
const QUEUES_OF_A_VF = ['1', '2', '4', '8', '16'];

function mustHaveSettings(thing: string, device: string): void {
  const [, text = ''] = /^[^,]*,(.*)$/.exec(device) ?? [];
  // Not at commas within brackets.
  const all = text.split(/,(?![^[]*\])/);
  const [, queues] = all.map((one) => /^queue-num-per-vf=(.*)$/.exec(one)).find(Boolean) ?? [];
  if (queues !== undefined && !QUEUES_OF_A_VF.includes(queues)) {
    const problem = `"${queues.slice(0, 40)}" is no number of queues that each VF can have`;
    throw new InvalidInput({ thing, problem, remedy: `give ${QUEUES_OF_A_VF.join(', ')}` });
  }
  const bad = all.find((one) => !SETTING.test(one));
  if (bad === undefined) return;
  const problem = `"${bad.slice(0, 40)}" is no setting of its driver`;
  const remedy = 'write KEY=VALUE, as in 0000:3b:00.0,representor=[0-1]';
  throw new InvalidInput({ thing, problem, remedy });
}

function mustBeBond(thing: string, device: string): void {
  const bond = bondOf(device);
  if (bond === undefined) {
    const problem = "a bond's settings are mode, 0 to 6, and at the end members";
    const remedy = 'give it as bond:mode=4,members=0000:01:00.0+0000:01:00.1';
    throw new InvalidInput({ thing, problem, remedy });
  }
  for (const member of bond.members) {
    if (!member.startsWith(BOND)) mustBeDevice(`${thing}, member ${member}`, member);
    else {
      const problem = 'a bond is no member of a bond';
      throw new InvalidInput({ thing, problem, remedy: 'name its members' });
    }
  }
}

function mustBeDevice(thing: string, device: string): void {
  if (addressOf(device) !== undefined) {
    if (device.includes(',')) mustHaveSettings(thing, device);
    return;
  }
  if (VIRTUAL_DEVICE.test(device) || isRepresentor(device)) return;
  if (device.startsWith(BOND)) {
    mustBeBond(thing, device);
    return;
  }
  if (INTERFACE.test(device)) {
    throw new InvalidInput({
      thing,
      problem: 'is named like an interface of Linux, and DPDK knows no such device',
      remedy: `let the kernel keep it, and when the switch runs: vmlane switch add NAME --nic ${device}; or give the PCI address of its card, on vfio-pci, or net_af_xdp0,iface=${device}`,
    });
  }
  throw new InvalidInput({
    thing,
    problem: 'neither a PCI address nor a DPDK device',
    remedy:
      'give an address such as 0000:3b:00.0, a device such as net_tap0,iface=up0, or a bond such as bond:mode=4,members=0000:01:00.0+0000:01:00.1',
  });
}
