/**
 * A stand-in for Kubernetes' API server: the few paths that vmlane-dra asks, and those that kubectl asks before it makes
 * an object, over HTTP, by the published types. There is no cluster where these tests run, and the real one needs etcd.
 * It has no watch, no admission, no RBAC; what it refuses is what the real one was read to refuse
 * (api/resource/v1/types.go, apis/resource/validation).
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { discovered } from './discovery.js';
import { openApi } from './openapi.js';
import { wrongWith } from './published.js';

const API = '/apis/resource.k8s.io/v1';

interface Kept {
  metadata: { name: string; namespace?: string; uid: string; resourceVersion?: string };
  [key: string]: unknown;
}

/** A device in an allocation, and what the claim and its class say of ports. */
export interface ClaimParts {
  namespace?: string;
  name: string;
  uid: string;
  podClaim?: string;
  devices: { request?: string; device: string; pool?: string; driver?: string }[];
  fromClass?: object;
  fromClaim?: object;
}

/** How pods reach it: by TLS, with the token of their account. */
export interface Secured {
  key: Buffer;
  cert: Buffer;
  token: string;
}

/** The stand-in, and what it holds. */
export class FakeApiServer {
  readonly #server;
  readonly #scheme: string;
  readonly slices = new Map<string, Kept>();
  readonly claims = new Map<string, Kept>();
  readonly nodes = new Map<string, Kept>();
  #version = 1;
  /** Answers with 503, as one that is not reached. */
  down = false;
  /** Takes requests and never answers, as where packets are lost; which it got. */
  silent = false;
  readonly unanswered: string[] = [];

  constructor(secured?: Secured) {
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      const { authorization } = request.headers;
      if (secured && authorization !== `Bearer ${secured.token}`)
        return refuse(response, 401, 'Unauthorized');
      this.#answer(request, response).catch((error) => refuse(response, 500, String(error)));
    };
    this.#scheme = secured ? 'https' : 'http';
    this.#server = secured ? createTlsServer(secured, listener) : createServer(listener);
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** A claim that a scheduler has allocated. */
  allocate(parts: ClaimParts, node: string, driver = 'vmlane.io'): void {
    const { namespace = 'default', name, uid, podClaim, devices } = parts;
    const config = (source: string, parameters: object | undefined) =>
      parameters === undefined ? [] : [{ source, requests: [], opaque: { driver, parameters } }];
    const claim = {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceClaim',
      metadata: {
        ...{ namespace, name, uid },
        ...(podClaim && { annotations: { 'resource.kubernetes.io/pod-claim-name': podClaim } }),
      },
      spec: {
        devices: { requests: [{ name: 'port', exactly: { deviceClassName: 'vmlane' } }] },
      },
      status: {
        allocation: {
          devices: {
            results: devices.map((one) => ({ request: 'port', driver, pool: node, ...one })),
            config: [
              ...config('FromClass', parts.fromClass),
              ...config('FromClaim', parts.fromClaim),
            ],
          },
        },
      },
    };
    const wrong = wrongWith(claim, 'ResourceV1ResourceClaim');
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    this.claims.set(`${namespace}/${name}`, claim);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://localhost');
    const method = request.method ?? '';
    if (this.silent) return void this.unanswered.push(url.pathname);
    if (this.down) return refuse(response, 503, 'apiserver is shutting down');
    const told = method === 'GET' ? discovered(url.pathname) : undefined;
    if (told) return send(response, 200, told);
    if (method === 'GET' && url.pathname === '/openapi/v2') return void response.end(openApi());
    const claim = /^\/namespaces\/([^/]+)\/resourceclaims\/([^/]+)$/.exec(below(url.pathname));
    const node = /^\/api\/v1\/nodes\/([^/]+)$/.exec(url.pathname);
    if (claim && method === 'GET')
      return give(response, this.claims.get(`${claim[1]}/${claim[2]}`), 'resourceclaims');
    if (node && method === 'GET') return give(response, this.nodes.get(node[1] ?? ''), 'nodes');
    const slice = /^\/resourceslices(?:\/([^/]+))?$/.exec(below(url.pathname));
    if (!slice) return refuse(response, 404, `the server has no ${url.pathname}`);
    return this.#slice(method, slice[1], url.searchParams.get('fieldSelector'), request, response);
  }

  async #slice(
    method: string,
    name: string | undefined,
    selector: string | null,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (method === 'GET' && name === undefined) {
      const items = [...this.slices.values()].filter((one) => isSelected(one, selector));
      const list = { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceSliceList', metadata: {} };
      return send(response, 200, { ...list, items });
    }
    if (method === 'DELETE' && name !== undefined) {
      const there = this.slices.get(name);
      this.slices.delete(name);
      return give(response, there, 'resourceslices');
    }
    const body = JSON.parse(await textOf(request)) as Kept;
    const own = body.metadata.name;
    const there = this.slices.get(name ?? own);
    const wrong = wrongWithSlice(body);
    if (wrong.length > 0) return refuse(response, 422, wrong.join(', '));
    if (method === 'POST' && there) return refuse(response, 409, `"${own}" already exists`);
    if (method === 'PUT' && body.metadata.resourceVersion !== there?.metadata.resourceVersion)
      return refuse(response, 409, `"${own}": the object has been modified`);
    const resourceVersion = String(this.#version++);
    const uid = there?.metadata.uid ?? `slice-${this.#version}`;
    const creationTimestamp = '2026-11-30T00:00:00Z';
    const kept = {
      ...body,
      metadata: { ...body.metadata, resourceVersion, uid, creationTimestamp },
    };
    this.slices.set(own, kept);
    return send(response, method === 'POST' ? 201 : 200, kept);
  }
}

function below(path: string): string {
  return path.startsWith(API) ? path.slice(API.length) : '';
}

function isSelected(one: Kept, selector: string | null): boolean {
  return (selector ?? '').split(',').every((part) => {
    const [path = '', value] = part.split('=');
    const found = path.split('.').reduce<unknown>((at, key) => Reflect.get(Object(at), key), one);
    return path === '' || found === value;
  });
}

/** Rules beside the types. Source: apis/resource/validation/validation.go. */
function wrongWithSlice(slice: Kept): string[] {
  const wrong = wrongWith(slice, 'V1ResourceSlice');
  if (wrong.length > 0) return wrong;
  interface Spec {
    devices: { name: string; attributes: Record<string, { string?: string }> }[];
  }
  const { devices } = slice.spec as Spec;
  const names = devices.map(({ name }) => name);
  if (devices.length > 128) wrong.push('spec.devices: must have at most 128 items');
  if (new Set(names).size < names.length) wrong.push('spec.devices: duplicate name');
  for (const { name, attributes } of devices) {
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > 63)
      wrong.push(`spec.devices: ${name}: no DNS label`);
    for (const [key, value] of Object.entries(attributes)) {
      if (!/^([a-z0-9.-]{1,63}\/)?[A-Za-z_][A-Za-z0-9_]{0,31}$/.test(key))
        wrong.push(`attributes: ${key}: no C identifier`);
      if ((value.string ?? '').length > 64) wrong.push(`attributes: ${key}: too long`);
      if (Object.keys(value).length !== 1) wrong.push(`attributes: ${key}: not one value`);
    }
  }
  return wrong;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function give(response: ServerResponse, one: Kept | undefined, what: string): void {
  if (one === undefined) refuse(response, 404, `${what} not found`);
  else send(response, 200, one);
}

function refuse(response: ServerResponse, code: number, message: string): void {
  // kubectl goes by it: an object that is not there is one to be made.
  const reason = code === 404 ? { reason: 'NotFound' } : {};
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', ...reason };
  send(response, code, { ...status, message, code });
}

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
