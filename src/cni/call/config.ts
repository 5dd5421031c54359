/** The network configuration on standard input, checked. */
import * as z from 'zod';
import {
  DEFAULT_CONTROL_SOCKET,
  INTERFACE_NAME,
  PORT_SETTINGS,
  VLAN,
} from '../../contract/bounds.js';
import { mac, object, socketPath } from '../../spec/fields.js';
import { problemsOf } from '../../spec/issues.js';
import { INTERFACE_NAME_WANTED } from '../../values/interface-name.js';
import { isNetworkName, NETWORK_NAME } from '../../values/network-name.js';
import { pathText, quote } from '../../values/problems.js';
import { GUEST_FOLDER } from '../../values/socket-path.js';
import { TAP_MTU } from '../../values/tap-mtu.js';
import type { Attachment } from './environment.js';
import { CniError, CODE } from './error.js';
import { VERSIONS, type Version } from './version.js';

/** As the specification has names of networks and of programs: neither is a path, nor an option. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** Bits of the largest limit that a port takes. */
const BITS_MAX = PORT_SETTINGS.inbound.max * 8192;
const GID_MAX = 0xff_ff_ff_fe;
const INTERFACE_WANT = `give ${INTERFACE_NAME_WANTED}`;

const bits = z
  .int({ error: 'give a whole number of bits' })
  .min(0, { error: 'give a whole number of bits' })
  .max(BITS_MAX, { error: `give at most ${BITS_MAX}` });

/** As the plugin bandwidth has it: ingress is what reaches the container. */
const bandwidth = object({
  ingressRate: bits.optional(),
  ingressBurst: bits.optional(),
  egressRate: bits.optional(),
  egressBurst: bits.optional(),
});

/** What other plugins and runtimes put there is theirs. */
const anything = z.unknown().optional();

const schema = object({
  cniVersion: z.enum(VERSIONS),
  name: z.string({ error: 'give a name' }).regex(NAME, {
    error: 'give letters, digits or _ . -, the first a letter or digit',
  }),
  type: z.string({ error: 'give vmlane-cni' }),
  mode: z.enum(['interface', 'virtio-user'], { error: 'give interface or virtio-user' }).optional(),
  network: z
    .string({ error: 'give the name of a network' })
    .refine(isNetworkName, { error: `give ${NETWORK_NAME.want}` })
    .optional(),
  vlan: z
    .int()
    .min(1)
    .max(VLAN.max, { error: `give 1 to ${VLAN.max}` })
    .optional(),
  mtu: z
    .int({ error: 'give a number of bytes' })
    .min(TAP_MTU.min, { error: `give ${TAP_MTU.min} to ${TAP_MTU.max}` })
    .max(TAP_MTU.max, { error: `give ${TAP_MTU.min} to ${TAP_MTU.max}` })
    .optional(),
  mac: mac.optional(),
  interfaceName: z
    .string({ error: INTERFACE_WANT })
    .max(INTERFACE_NAME.max, { error: INTERFACE_WANT })
    .regex(INTERFACE_NAME.pattern, { error: INTERFACE_WANT })
    .optional(),
  bandwidth: bandwidth.optional(),
  gid: z
    .int({ error: 'give the number of a group' })
    .min(0, { error: 'give the number of a group' })
    .max(GID_MAX, { error: 'give the number of a group' })
    .optional(),
  socketFolder: socketPath.optional(),
  controlSocket: socketPath.optional(),
  ipam: z
    .looseObject(
      {
        type: z
          .string({ error: 'give the name of a plugin' })
          .regex(NAME, { error: 'give the name of a plugin, without a folder' })
          .optional(),
      },
      { error: 'type' },
    )
    .optional(),
  dns: z.looseObject({}, { error: 'nameservers, domain, search, options' }).optional(),
  runtimeConfig: z
    .looseObject(
      { mac: mac.optional(), bandwidth: bandwidth.optional() },
      { error: 'mac, bandwidth' },
    )
    .optional(),
  prevResult: anything,
  args: anything,
  capabilities: anything,
  disableCheck: anything,
  disableGC: anything,
  // null is how Go writes a list that nobody has made.
  'cni.dev/valid-attachments': z
    .array(z.object({ containerID: z.string(), ifname: z.string() }))
    .nullable()
    .transform((list) => list ?? [])
    .optional(),
  'cni.dev/attachments': anything,
});

/** A network's configuration, with defaults. */
export interface Config {
  cniVersion: Version;
  /** The network's; with interfaceName that, too, as a list may have two of us, of which neither may remove the other's. */
  name: string;
  /** What the container's interface is called; undefined: CNI_IFNAME, which otherwise a plugin before this one has made. */
  interfaceName: string | undefined;
  mode: 'interface' | 'virtio-user';
  /** Of vmlane's. */
  network: string | undefined;
  vlan: number | undefined;
  mtu: number | undefined;
  /** For this container; one from CNI_ARGS is not in here. */
  mac: string | undefined;
  limits: Limits;
  /** The group that may dial a socket. */
  gid: number;
  socketFolder: string;
  controlSocket: string;
  /** The plugin that gives addresses. */
  ipam: string | undefined;
  dns: object | undefined;
  /** Not looked at yet. */
  prevResult: unknown;
  /** For GC: the attachments that stay; undefined: nobody has said. */
  valid: Attachment[] | undefined;
  /** As it came, for the other plugin. */
  text: string;
}

/** As port.add takes them. */
export type Limits = Partial<
  Record<'inbound' | 'inbound_burst' | 'outbound' | 'outbound_burst', number>
>;

/** The version that a call is answered in, also when nothing else of it can be read. */
export function versionIn(text: string): string | undefined {
  try {
    const found: unknown = JSON.parse(text)?.cniVersion;
    return VERSIONS.find((one) => one === found);
  } catch {
    return undefined;
  }
}

/** @throws CniError */
export function readConfig(text: string): Config {
  const data = parsed(text);
  checkVersion(data);
  const { success, data: found, error } = schema.safeParse(data);
  if (!success) {
    const [first] = problemsOf(error.issues, data);
    const isUnknown = error.issues.some(({ code }) => code === 'unrecognized_keys');
    const { path = [], problem = 'is malformed', remedy = '' } = first ?? {};
    const thing = path.length === 0 ? 'network configuration' : pathText(path);
    throw new CniError(isUnknown ? CODE.unsupported : CODE.config, { thing, problem, remedy });
  }
  const { network, vlan, mode = 'interface', interfaceName, runtimeConfig = {} } = found;
  if (network !== undefined && vlan !== undefined)
    throw wrong('vlan', `network ${network} has one`, 'give either network or vlan');
  if (mode === 'interface' && found.gid !== undefined)
    throw wrong('gid', 'has no meaning with mode interface', 'remove it');
  if (mode === 'virtio-user' && found.mtu !== undefined)
    throw wrong('mtu', 'has no meaning with mode virtio-user', 'set it in the program');
  const { type, dataDir } = found.ipam ?? {};
  // It knows the runtime's name of the interface only, and its DEL frees all that it has for that in a folder.
  if (interfaceName !== undefined && type === 'host-local' && dataDir === undefined)
    throw wrong(
      'ipam.dataDir',
      "is missing: its DEL would free the other interface's addresses, too",
      'give a folder of its own',
    );
  return {
    cniVersion: found.cniVersion,
    name: interfaceName === undefined ? found.name : `${found.name}/${interfaceName}`,
    ...{ interfaceName, mode, network, vlan, mtu: found.mtu },
    mac: (runtimeConfig.mac ?? found.mac)?.toLowerCase(),
    limits: limitsOf(runtimeConfig.bandwidth ?? found.bandwidth ?? {}),
    gid: found.gid ?? 0,
    socketFolder: found.socketFolder ?? GUEST_FOLDER,
    controlSocket: found.controlSocket ?? DEFAULT_CONTROL_SOCKET,
    ipam: type,
    dns: found.dns,
    prevResult: found.prevResult,
    valid: found['cni.dev/valid-attachments']?.map(({ containerID, ifname }) => ({
      container: containerID,
      ifname,
    })),
    text,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const trouble = {
      thing: 'network configuration',
      problem: text.trim() === '' ? 'is empty' : 'is not JSON',
      remedy: 'give it on standard input',
    };
    throw new CniError(CODE.notJson, trouble, { cause });
  }
}

/** Before anything else: another version may have other fields. */
function checkVersion(data: unknown): void {
  const version = typeof data === 'object' && data !== null && Reflect.get(data, 'cniVersion');
  if (VERSIONS.some((one) => one === version)) return;
  const problem =
    typeof version === 'string' ? `${quote(version)} is not supported` : 'is not a version';
  const remedy = `give one of ${VERSIONS.join(', ')}`;
  throw new CniError(CODE.version, { thing: 'cniVersion', problem, remedy });
}

/** Bits, a second or in one go, as KiB: never 0, which would be no limit. */
function limitsOf({
  ingressRate,
  ingressBurst,
  egressRate,
  egressBurst,
}: z.infer<typeof bandwidth>) {
  const kib = (value: number) => Math.ceil(value / 8192);
  const limits: Limits = {};
  for (const [side, direction, rate, burst] of [
    ['inbound', 'ingress', ingressRate, ingressBurst],
    ['outbound', 'egress', egressRate, egressBurst],
  ] as const) {
    if (burst && !rate)
      throw wrong(`bandwidth.${direction}Burst`, 'has no rate', `give ${direction}Rate too`);
    if (rate) limits[side] = kib(rate);
    if (rate && burst) limits[`${side}_burst`] = kib(burst);
  }
  return limits;
}

function wrong(thing: string, problem: string, remedy: string): CniError {
  return new CniError(CODE.config, { thing, problem, remedy });
}
