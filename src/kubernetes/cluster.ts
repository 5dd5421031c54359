/** The API server: the few things that the driver asks it. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  ResourceV1Api,
  type V1ResourceSlice,
} from '@kubernetes/client-node';
import { errorText, Failed, InvalidInput } from '../values/errors.js';
import type { SliceChanges } from './slices/slices.js';

/** kubelet waits 45 s for Prepare. Source: draManagerGRPCTimeout in pkg/kubelet/cm/dra of Kubernetes. */
const DEADLINE_MS = 10_000;

/** Asks the API server as the service account of the pod, or as the given configuration says. */
export class Cluster {
  readonly #core: CoreV1Api;
  readonly #resources: ResourceV1Api;
  readonly #server: string;
  readonly #end: AbortSignal;
  readonly #deadlineMs: number;

  /** `file`: of kubectl's kind; undefined: as in a pod. `end`: nobody waits for an answer any more. @throws InvalidInput */
  constructor(file: string | undefined, end: AbortSignal, deadlineMs = DEADLINE_MS) {
    this.#end = end;
    this.#deadlineMs = deadlineMs;
    const config = new KubeConfig();
    const refuse = (cause?: unknown) => {
      const problem = cause === undefined ? 'no API server' : errorText(cause);
      const remedy = 'run it in a pod with a service account, or name a file with --kubeconfig';
      return new InvalidInput({ thing: file ?? 'this pod', problem, remedy }, { cause });
    };
    try {
      if (file === undefined) config.loadFromCluster();
      else config.loadFromFile(file);
    } catch (cause) {
      throw refuse(cause);
    }
    const server = config.getCurrentCluster()?.server;
    // In a pod without an account the client would ask http://undefined.
    if (server === undefined || server.includes('undefined')) throw refuse();
    this.#server = server;
    this.#core = config.makeApiClient(CoreV1Api);
    this.#resources = config.makeApiClient(ResourceV1Api);
  }

  /** Undefined: there is none. @throws Failed */
  claim(namespace: string, name: string): Promise<unknown> {
    return this.#find(`claim ${namespace}/${name}`, () =>
      this.#resources.readNamespacedResourceClaim({ namespace, name }),
    );
  }

  /** UID of the node's object; undefined: there is none. @throws Failed */
  async nodeUid(name: string): Promise<string | undefined> {
    const node = await this.#find(`node ${name}`, () => this.#core.readNode({ name }));
    return node?.metadata?.uid;
  }

  /** The pool's slices. @throws Failed */
  async slices(driver: string, node: string): Promise<V1ResourceSlice[]> {
    const fieldSelector = `spec.driver=${driver},spec.nodeName=${node}`;
    const list = await this.#ask('resourceslices', () =>
      this.#resources.listResourceSlice({ fieldSelector }),
    );
    return list.items;
  }

  /** In the order in which a scheduler may see them. @throws Failed */
  async change({ create, replace, remove }: SliceChanges): Promise<void> {
    const thing = (slice: V1ResourceSlice) => `resourceslice ${slice.metadata?.name}`;
    for (const body of create)
      await this.#ask(thing(body), () => this.#resources.createResourceSlice({ body }));
    for (const body of replace) {
      const name = body.metadata?.name ?? '';
      await this.#ask(thing(body), () => this.#resources.replaceResourceSlice({ name, body }));
    }
    for (const name of remove)
      await this.#find(`resourceslice ${name}`, () =>
        this.#resources.deleteResourceSlice({ name }),
      );
  }

  /** Undefined: the server has no such thing. */
  async #find<T>(thing: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#ask(thing, ask);
    } catch (error) {
      if (error instanceof Failed && isCode(error.cause, 404)) return undefined;
      throw error;
    }
  }

  async #ask<T>(thing: string, ask: () => Promise<T>): Promise<T> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#end]);
    const late = sleep(this.#deadlineMs, undefined, { signal }).then(
      () => Promise.reject(new Error(`no answer in ${this.#deadlineMs / 1000} s`)),
      () => Promise.reject(new Error('no answer until the end')),
    );
    try {
      return await Promise.race([ask(), late]);
    } catch (cause) {
      const problem = `the API server, ${this.#server}, ${refusal(cause)}`;
      const remedy = 'is it reached from here, and may this account ask it (RBAC)?';
      throw new Failed({ thing, problem, remedy }, { cause });
    } finally {
      over.abort();
    }
  }
}

function isCode(cause: unknown, code: number): boolean {
  return cause instanceof ApiException && cause.code === code;
}

/** The client's own message has headers and bodies in it. */
function refusal(cause: unknown): string {
  if (!(cause instanceof ApiException)) return `does not answer: ${errorText(cause)}`;
  let said: unknown = cause.body;
  try {
    if (typeof said === 'string') said = JSON.parse(said);
  } catch {
    // Something before the server answers in its place.
  }
  const message = Reflect.get(Object(said), 'message');
  return `says ${cause.code}${typeof message === 'string' ? `: ${message.slice(0, 300)}` : ''}`;
}
