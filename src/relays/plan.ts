/** What makes a relay, and what takes it away. Pure. */
import type { LcoreInfo, Link, Listener, Port, PortRequest } from '../contract/types.js';
import { ANY_LCORE, lcoreOn, mustBeOne, pinnedCpus } from '../switch/pins.js';
import { partsOf } from '../values/bond.js';
import { InvalidInput } from '../values/errors.js';
import { USUAL_LISTENER } from '../values/guest-socket.js';
import { staticRelayOf } from '../values/static-relay.js';
import { vlanList, vlansOfList } from '../values/vlan-list.js';
import { plainDevice, RELAY_NUMBERS, relayName, vfPort, vmPort } from './names.js';
import { ALL_VLANS, type RelayStep, setting } from './steps.js';
import { endOf, isDevice, type Relay, relayAt, relayOf, relaysOf, relayWith } from './view.js';

/** A wanted relay, or a half of one. */
export interface RelayWish {
  name: string;
  device?: string | undefined;
  /** Name of the device's port; `relay:NAME.vf` unless it is said. */
  port?: string | undefined;
  /** The guest's socket. */
  path?: string | undefined;
  listener?: Listener | undefined;
  /** The forwarding lcore of both directions. */
  lcore?: number | undefined;
  /** Instead: the processor of both directions, or that from the device and that from the guest. */
  pin?: string | undefined;
  /** VLANs that a VF's card is to pass, as `10,20-29`, or `all`: none in particular. */
  trunks?: string | undefined;
  /** Its guest's link. */
  link?: Link | undefined;
  /** One that is exactly so is no error. */
  conditional?: boolean | undefined;
}

/** The steps to the wanted relay; none: it is there. @throws InvalidInput */
export function planRelay(
  ports: readonly Port[],
  lcores: readonly LcoreInfo[],
  wish: RelayWish,
): RelayStep[] {
  const name = relayName(wish.name);
  const present = relaysOf(ports).find((relay) => relay.name === name);
  const places = wantedPlaces(lcores, wish);
  const steps = [...deviceSteps(ports, present, wish), ...guestSteps(ports, present, wish)];
  if (steps.length === 0 && !wish.conditional) {
    const problem = `is there already, with ${ends(present)}`;
    throw refused(name, problem, 'give --conditional if that is no error');
  }
  return places ? [...steps, ...moves(present, steps, places)] : steps;
}

/** The lcores of the device's end and of the guest's. */
type Places = readonly [vf: number, vm: number];

function wantedPlaces(lcores: readonly LcoreInfo[], { lcore, pin }: RelayWish): Places | undefined {
  if (pin !== undefined) {
    mustBeOne(lcore);
    const [vf = ANY_LCORE, vm = vf] = pinnedCpus(pin, 2).map((cpu) => lcoreOn(cpu, lcores));
    return [vf, vm];
  }
  if (lcore === undefined) return undefined;
  const known = lcores.map((one) => one.lcore);
  if (lcore === ANY_LCORE || known.includes(lcore)) return [lcore, lcore];
  const remedy = `give one of ${known.join(', ')}`;
  const problem = `the switch has no forwarding lcore ${lcore}`;
  throw new InvalidInput({ thing: '--lcore', problem, remedy });
}

function deviceSteps(ports: readonly Port[], present: Relay | undefined, wish: RelayWish) {
  if (wish.device === undefined) return [];
  const device = plainDevice(wish.device);
  const { name } = wish;
  const holder = ports.find((port) => port.device && plainDevice(port.device) === device);
  if (holder?.relay != null && holder.relay !== name)
    throw attached(device, `is attached to relay ${holder.relay} already`, holder.relay);
  if (present?.vf) {
    if (holder === present.vf && (wish.port ?? holder.name) === holder.name)
      return passing(holder, wish);
    const has = endOf(present.vf);
    const problem = `has the device ${has}${holder ? ` as port ${present.vf.name}` : ''} already`;
    throw refused(name, problem, `remove it first: vmlane relay remove ${name}`);
  }
  const port = wish.port ?? vfPort(name);
  if (holder?.name === port && isPlain(holder))
    return [
      { do: 'join', port: holder, relay: name } satisfies RelayStep,
      ...passing(holder, wish),
    ];
  if (holder) throw used(device, holder);
  mustBeFree(ports, device, wish.port);
  const trunks = listOf(wish.trunks);
  const added = { ...request(name, { device }, wish.port), ...(trunks && { trunks }) };
  return [{ do: 'add', request: added } satisfies RelayStep];
}

/** As the switch has it; what is no list is refused there. */
function listOf(trunks: string | undefined): string | null {
  if (trunks === undefined || trunks === ALL_VLANS) return null;
  const vlans = vlansOfList(trunks);
  return vlans ? (vlanList(vlans) ?? null) : trunks;
}

/** What its card is to pass otherwise than now. */
function passing(port: Port, { trunks }: RelayWish): RelayStep[] {
  return trunks === undefined ? [] : setting(port, { trunks: listOf(trunks) });
}

/** No part of it is another port's, and no other port has the name that was chosen. @throws InvalidInput */
function mustBeFree(ports: readonly Port[], device: string, chosen: string | undefined): void {
  for (const part of partsOf(device)) {
    const holder = ports.find(
      (port) => port.device && partsOf(plainDevice(port.device)).includes(part),
    );
    if (holder?.relay != null)
      throw attached(part, `is attached to relay ${holder.relay} already`, holder.relay);
    if (holder) throw used(part, holder);
  }
  if (!ports.some((port) => port.name === chosen)) return;
  const problem = 'is the name of another port';
  throw new InvalidInput({ thing: `--name ${chosen}`, problem, remedy: 'choose another name' });
}

function used(device: string, { name }: Port): InvalidInput {
  const problem = `is port ${name} of the switch, which others use`;
  const remedy = `remove it: vmlane switch remove ${name}; or name another device`;
  return new InvalidInput({ thing: device, problem, remedy });
}

/** In no VLAN, and without an address or guards. */
function isPlain({ vlan, vlan_mode, mac, isolated }: Port): boolean {
  return vlan === 0 && vlan_mode === 'access' && !mac && !isolated;
}

function guestSteps(ports: readonly Port[], present: Relay | undefined, wish: RelayWish) {
  if (wish.path === undefined) return [];
  const { name, path, listener = USUAL_LISTENER, link } = wish;
  const holder = ports.find((port) => port.path === path);
  if (holder?.relay != null && holder.relay !== name)
    throw attached(path, `is attached to relay ${holder.relay} already`, holder.relay);
  if (present?.vm) {
    if (holder !== present.vm) {
      const problem = `has the socket ${endOf(present.vm)} already`;
      const remedy = `remove that first: vmlane relay remove-socket --vhost-path ${present.vm.path}`;
      throw refused(name, problem, remedy);
    }
    if (holder.listener === listener) return link ? setting(holder, { link }) : [];
    const problem = `has this socket with listener ${holder.listener}`;
    throw refused(name, problem, `give --listener ${holder.listener}, or remove it first`);
  }
  const added = { ...request(name, { path, listener }), ...(link && { link }) };
  if (!holder) return [{ do: 'add', request: added } satisfies RelayStep];
  const problem = `is the socket of port ${holder.name}`;
  throw new InvalidInput({
    thing: path,
    problem,
    remedy: 'choose another path, or remove the port',
  });
}

type End = { device: string } | { path: string; listener: Listener };

function request(relay: string, end: End, name?: string): PortRequest & { relay: string } {
  if ('device' in end) return { name: name ?? vfPort(relay), path: '', ...end, relay };
  return { name: vmPort(relay), ...end, relay };
}

function moves(present: Relay | undefined, steps: readonly RelayStep[], places: Places) {
  const joined = steps.flatMap((step) => (step.do === 'join' ? [step.port] : []));
  const vf = present?.vf ?? joined[0];
  const there = [
    { port: vf, lcore: places[0] },
    { port: present?.vm, lcore: places[1] },
  ].flatMap(({ port, lcore }): RelayStep[] =>
    port && chosenFor(port) !== lcore
      ? [{ do: 'move', name: port.name, lcore, from: chosenFor(port) }]
      : [],
  );
  const added = steps.flatMap((step): RelayStep[] => {
    if (step.do !== 'add') return [];
    const lcore = step.request.device ? places[0] : places[1];
    return lcore === ANY_LCORE ? [] : [{ do: 'move', name: step.request.name, lcore }];
  });
  return [...there, ...added];
}

/** An operator's choice. A switch of the version before does not say whose it is. */
function chosenFor({ lcore, pinned }: Port): number {
  return pinned === false ? ANY_LCORE : lcore;
}

/** The steps that take a relay away, its guest first; none: it is not there. @throws InvalidInput */
export function planRemoval(
  ports: readonly Port[],
  { name, device, port, conditional }: RelayWish,
): RelayStep[] {
  const relays = relaysOf(ports);
  if (conditional && !relays.some((relay) => relay.name === name)) return [];
  const { vf, vm } = relayOf(relays, name);
  if (device !== undefined && !isDevice(vf, device)) {
    const problem = `has ${endOf(vf) ?? 'no device'}, not ${plainDevice(device)}`;
    throw refused(name, problem, "see 'vmlane relay list'");
  }
  if (port !== undefined && vf?.name !== port) {
    const problem = `has ${vf ? `its device as port ${vf.name}` : 'no device'}, not ${port}`;
    throw refused(name, problem, "see 'vmlane switch ports'");
  }
  const ends = [vm, vf].flatMap((port) => port ?? []);
  mayGo(ends);
  return ends.map((port) => ({ do: 'remove', port }));
}

/** A static relay is the settings' alone: removed here, it would be back after the next start. @throws InvalidInput */
function mayGo(ports: readonly Port[]): void {
  const name = ports.map((port) => staticRelayOf(port.name)).find((one) => one !== undefined);
  if (name === undefined) return;
  const problem = "is static, from the switch's settings";
  const remedy = `take it out there, and restart the switch: vmlane switch settings unset relay.${name}`;
  throw refused(name, problem, remedy);
}

/** The step that takes a relay's socket away; none: it is not there. @throws InvalidInput */
export function planSocketRemoval(
  ports: readonly Port[],
  path: string,
  conditional = false,
): RelayStep[] {
  const relays = relaysOf(ports);
  if (conditional && !relays.some(({ vm }) => vm?.path === path)) return [];
  const { vf, vm } = relayAt(relays, path);
  const port = vm?.path === path ? vm : vf;
  mayGo(port ? [port] : []);
  return port ? [{ do: 'remove', port }] : [];
}

/** The relay that gets a socket: by name, or by its device. @throws InvalidInput */
export function relayForSocket(
  ports: readonly Port[],
  by: { name?: string | undefined; device?: string | undefined },
): Relay {
  const relays = relaysOf(ports);
  const { name, device } = by;
  const found = name === undefined ? relayWith(relays, device ?? '') : relayOf(relays, name);
  if (!found) {
    const problem = 'no relay has this device';
    const remedy = "'vmlane relay list' lists devices";
    throw new InvalidInput({ thing: plainDevice(device ?? ''), problem, remedy });
  }
  if (device === undefined || relayWith([found], device)) return found;
  const problem = `has ${endOf(found.vf) ?? 'no device'}, not ${plainDevice(device)}`;
  throw refused(found.name, problem, "see 'vmlane relay list'");
}

/** The lowest number that no relay has. @throws InvalidInput */
export function idleNumber(ports: readonly Port[]): string {
  const taken = new Set(ports.map(({ relay }) => relay));
  for (let number = RELAY_NUMBERS.min; number <= RELAY_NUMBERS.max; number++)
    if (!taken.has(String(number))) return String(number);
  const problem = `no relay is idle: all ${RELAY_NUMBERS.max + 1} numbers are in use`;
  const remedy = 'remove one, or give a relay a name: vmlane relay add NAME';
  throw new InvalidInput({ thing: '--virtio-id', problem, remedy });
}

function ends(relay: Relay | undefined): string {
  return [relay?.vf, relay?.vm].flatMap((port) => endOf(port) ?? []).join(' and ') || 'nothing';
}

function refused(name: string, problem: string, remedy: string): InvalidInput {
  return new InvalidInput({ thing: `relay ${name}`, problem, remedy });
}

function attached(thing: string, problem: string, other: string): InvalidInput {
  const remedy = `remove that first: vmlane relay remove ${other}`;
  return new InvalidInput({ thing, problem, remedy });
}
