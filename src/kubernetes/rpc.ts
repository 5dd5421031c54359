/** gRPC on a Unix socket: services of the published protocol files, and servers for them. */
import { join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { removeStale } from '../serve/index.js';
import { StrictLook } from '../system/look/index.js';
import { errorText, Failed, InvalidInput } from '../values/errors.js';
import { pathTrouble, SOCKET_PATH_MAX } from '../values/socket-path.js';

/** The files of proto/, which stand beside the bundle, too. */
const FILES = {
  dra: 'dra/v1/api.proto',
  draBeta: 'dra/v1beta1/api.proto',
  registration: 'pluginregistration/v1/api.proto',
  info: 'hooks/info/api_info.proto',
  hooks: 'hooks/v1alpha3/api_v1alpha3.proto',
} as const;

/** A service by the full name that callers use, such as `pluginregistration.Registration`. */
export function serviceOf(file: keyof typeof FILES, name: string): grpc.ServiceDefinition {
  const path = join(import.meta.dirname, 'proto', FILES[file]);
  const loaded = loadSync(path, { keepCase: true, longs: String, defaults: true, arrays: true });
  return loaded[name] as grpc.ServiceDefinition;
}

/** A method: its request to its answer. What it throws becomes the call's error, in one line. */
// biome-ignore lint/suspicious/noExplicitAny: the protocol file has its type
export type Method = (request: any) => unknown;

/** The handlers of a service. */
export function handlers(methods: Record<string, Method>): grpc.UntypedServiceImplementation {
  return Object.fromEntries(Object.entries(methods).map(([name, one]) => [name, handler(one)]));
}

function handler(method: Method): grpc.handleUnaryCall<unknown, unknown> {
  return (call, answer) => {
    const act = async () => method(call.request);
    act().then(
      (result) => answer(null, result),
      (error: unknown) => {
        const { INVALID_ARGUMENT, INTERNAL } = grpc.status;
        const code = error instanceof InvalidInput ? INVALID_ARGUMENT : INTERNAL;
        answer({ code, details: errorText(error) });
      },
    );
  };
}

/** A server that listens. */
export interface Served {
  /** Answers what has begun, takes nothing new, and removes the socket. */
  end(): Promise<void>;
}

/**
 * Listens on a socket; one that an earlier process of this user has left is replaced.
 * @throws InvalidInput for a path that no socket can have, or where something else is; Failed
 */
export async function serve(
  path: string,
  services: readonly [grpc.ServiceDefinition, grpc.UntypedServiceImplementation][],
): Promise<Served> {
  const trouble = pathTrouble(path, SOCKET_PATH_MAX);
  if (trouble) throw new InvalidInput({ thing: path, ...trouble });
  const there = new StrictLook().stat(path, 'kept');
  if (there !== undefined && there.kind !== 'socket') {
    const problem = `is there already, and no socket (${there.kind})`;
    throw new InvalidInput({ thing: path, problem, remedy: 'move it away' });
  }
  // Not by HostFiles: the folder that KubeVirt has for its plugins' sockets is open to all of the pod.
  await removeStale(path);
  const server = new grpc.Server();
  for (const [service, implementation] of services) server.addService(service, implementation);
  await new Promise<void>((done, failed) => {
    server.bindAsync(`unix:${path}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error === null ? done() : failed(cannotListen(path, error)),
    );
  });
  return {
    // Node removes the socket of a server that closes.
    end: () => new Promise<void>((done) => server.tryShutdown(() => done())),
  };
}

function cannotListen(path: string, cause: Error): Failed {
  const remedy = 'is its folder there, and may this user write to it?';
  return new Failed({ thing: path, problem: `cannot listen: ${cause.message}`, remedy }, { cause });
}
