/**
 * A stand-in for kubelet: finds plugins in its folder of sockets, asks who they are, and calls Prepare and Unprepare
 * as kubelet does (pkg/kubelet/pluginmanager, pkg/kubelet/cm/dra of Kubernetes). It runs no pods. There is no cluster
 * where these tests run.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { patience } from '../../lab/slow.js';
import type { ClaimRef } from '../../src/kubernetes/names.js';
import { serviceOf } from '../../src/kubernetes/rpc.js';

/** What a plugin says of itself. */
export interface PluginInfo {
  type: string;
  name: string;
  endpoint: string;
  supported_versions: string[];
}

/** An answer for a claim. */
export interface Answer {
  devices?: {
    request_names: string[];
    pool_name: string;
    device_name: string;
    cdi_device_ids: string[];
  }[];
  error: string;
}

const SERVICES = {
  'v1.DRAPlugin': ['dra', 'k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin'],
  'v1beta1.DRAPlugin': ['draBeta', 'k8s.io.kubelet.pkg.apis.dra.v1beta1.DRAPlugin'],
} as const;

/** One call of a unary method. */
export function call<T>(
  socket: string,
  service: grpc.ServiceDefinition,
  method: string,
  request: object,
): Promise<T> {
  const Client = grpc.makeClientConstructor(service, '');
  const client = new Client(`unix:${socket}`, grpc.credentials.createInsecure());
  const deadline = new Date(Date.now() + patience(45_000));
  return new Promise<T>((done, failed) => {
    client[method]?.(request, { deadline }, (error: grpc.ServiceError | null, answer: T) => {
      client.close();
      if (error) failed(error);
      else done(answer);
    });
  });
}

/** The stand-in. */
export class FakeKubelet {
  readonly #registry: string;

  constructor(registry: string) {
    this.#registry = registry;
  }

  /** Undefined: no plugin's socket is there. */
  async register(): Promise<PluginInfo | undefined> {
    const [file] = existsSync(this.#registry) ? readdirSync(this.#registry) : [];
    if (file === undefined) return undefined;
    const socket = join(this.#registry, file);
    const service = serviceOf('registration', 'pluginregistration.Registration');
    const info = await call<PluginInfo>(socket, service, 'GetInfo', {});
    await call(socket, service, 'NotifyRegistrationStatus', { plugin_registered: true, error: '' });
    return info;
  }

  /** One call for all of them, as kubelet makes it for the claims of a pod. */
  async prepare(
    info: PluginInfo,
    claims: ClaimRef[],
    version: keyof typeof SERVICES = 'v1.DRAPlugin',
  ): Promise<Record<string, Answer>> {
    const [file, name] = SERVICES[version];
    const service = serviceOf(file, name);
    const answer = await call<{ claims: Record<string, Answer> }>(
      ...([info.endpoint, service, 'NodePrepareResources', { claims }] as const),
    );
    return answer.claims;
  }

  async unprepare(info: PluginInfo, claims: ClaimRef[]): Promise<Record<string, Answer>> {
    const service = serviceOf(...SERVICES['v1.DRAPlugin']);
    const answer = await call<{ claims: Record<string, Answer> }>(
      ...([info.endpoint, service, 'NodeUnprepareResources', { claims }] as const),
    );
    return answer.claims;
  }
}
