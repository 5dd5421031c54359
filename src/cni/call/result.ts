/** Results: read from other plugins, and written as each version has them. */
import * as z from 'zod';
import { CniError, CODE } from './error.js';
import { isFrom11, type Version } from './version.js';

/** An address with its prefix, and one without. */
const cidr = z.union([z.cidrv4(), z.cidrv6()]);
const address = z.union([z.ipv4(), z.ipv6()]);

const number = z.int().min(0).optional();

const schema = z.object({
  interfaces: z
    .array(
      z.looseObject({
        name: z.string(),
        mac: z.string().optional(),
        sandbox: z.string().optional(),
      }),
    )
    .nullish(),
  ips: z
    .array(
      z.object({
        address: cidr,
        gateway: address.optional(),
        interface: z.int().min(0).optional(),
      }),
    )
    .nullish(),
  routes: z
    .array(
      z.object({
        dst: cidr,
        gw: address.optional(),
        mtu: number,
        advmss: number,
        priority: number,
        table: number,
        scope: number,
      }),
    )
    .nullish(),
  dns: z.looseObject({}).nullish(),
});

export interface ResultInterface {
  name: string;
  mac?: string | undefined;
  sandbox?: string | undefined;
  mtu?: number | undefined;
  socketPath?: string | undefined;
}
export type Ip = NonNullable<z.infer<typeof schema>['ips']>[number];
export type Route = NonNullable<z.infer<typeof schema>['routes']>[number];

/** What ADD has done. */
export interface Result {
  interfaces: ResultInterface[];
  ips: Ip[];
  routes: Route[];
  dns: object;
}

export const NOTHING: Result = { interfaces: [], ips: [], routes: [], dns: {} };

/** A result of `whose`; undefined is an empty one. @throws CniError */
export function readResult(data: unknown, whose: string): Result {
  if (data === undefined || data === null) return NOTHING;
  const { success, data: found, error } = schema.safeParse(data);
  if (success) {
    const { interfaces, ips, routes, dns } = found;
    const all = interfaces ?? [];
    return { interfaces: all, ips: ips ?? [], routes: routes ?? [], dns: dns ?? {} };
  }
  const [issue] = error.issues;
  const problem = `${issue?.path.join('.') || 'it'} is malformed`;
  const remedy = 'it must be a result as the specification has it';
  throw new CniError(CODE.config, { thing: whose, problem, remedy }, { cause: error });
}

/** An earlier plugin's result, and ours behind it. */
export function joined(before: Result, own: Result): Result {
  const first = before.interfaces.length;
  const moved = own.ips.map((ip) => ({
    ...ip,
    ...(ip.interface !== undefined && { interface: ip.interface + first }),
  }));
  return {
    interfaces: [...before.interfaces, ...own.interfaces],
    ips: [...before.ips, ...moved],
    routes: [...before.routes, ...own.routes],
    dns: Object.keys(before.dns).length > 0 ? before.dns : own.dns,
  };
}

/** As the runtime reads it. */
export function resultObject({ interfaces, ips, routes, dns }: Result, version: Version): object {
  return {
    cniVersion: version,
    interfaces: interfaces.map((one) => {
      const { mtu, socketPath, ...always } = one;
      return isFrom11(version) ? one : always;
    }),
    ips: ips.map((ip) => ({
      ...(version === '0.4.0' && { version: familyOf(ip.address) }),
      ...ip,
    })),
    routes: routes.map((route) => (isFrom11(version) ? route : { dst: route.dst, gw: route.gw })),
    dns,
  };
}

/** As version 0.4.0 writes it. */
export function familyOf(one: string): '4' | '6' {
  return one.includes(':') ? '6' : '4';
}
