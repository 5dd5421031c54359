import { ERRORS } from '../contract/bounds.js';
import { Failed, InvalidInput, type Trouble, type VmlaneError } from '../values/errors.js';
import { inCommands } from './terms.js';

/** Why a request to a switch failed, for programs; people read the message. */
export type SwitchErrorKind =
  /** There is no socket at the path. */
  | 'missing'
  /** There is a socket without a listener. */
  | 'refused'
  /** This user may not connect to it, or not do that. */
  | 'denied'
  /** The connection ended before the answer came. */
  | 'lost'
  /** The answer did not come in time. */
  | 'late'
  /** The socket, or its folder, is in the hands of another user. */
  | 'untrusted'
  /** The peer does not speak the protocol. */
  | 'garbled'
  /** It speaks another version of the protocol. */
  | 'version'
  /** It is older than this program, and has no such method. */
  | 'old'
  /** The client was closed by its owner. */
  | 'closed'
  /** Any other error of the operating system. */
  | 'system';

/** The request could not be sent, or its reply is not an answer. Exit code 1. */
export class SwitchError extends Failed {
  readonly kind: SwitchErrorKind;

  constructor(kind: SwitchErrorKind, trouble: Trouble, options?: ErrorOptions) {
    super(trouble, options);
    this.kind = kind;
  }
}

/** True if no switch runs at the socket: it is missing, or has no listener. */
export function isNotRunning(error: unknown): error is SwitchError {
  return error instanceof SwitchError && (error.kind === 'missing' || error.kind === 'refused');
}

/** The error for a dial that failed with `cause`. */
export function dialError(socketPath: string, cause: NodeJS.ErrnoException): SwitchError {
  const start = "start it with 'vmlane switch start'";
  const mayNot =
    "run as root, or start the switch with --look-group, --change-group or --admin-group and a group of yours (see 'vmlane switch start --help')";
  const described: Record<string, [SwitchErrorKind, string, string]> = {
    ENOENT: ['missing', 'no switch is running there (no such file)', start],
    ENOTDIR: ['missing', 'no switch is running there (a parent is not a folder)', start],
    ECONNREFUSED: ['refused', 'no switch is running there (nobody listens)', start],
    // A stopping switch closes its listener while clients wait in its queue.
    ECONNRESET: ['lost', 'the switch dropped the connection', "see the switch's log"],
    EACCES: ['denied', 'permission denied', mayNot],
    EPERM: ['denied', 'permission denied', mayNot],
    ENOTSOCK: ['garbled', 'not a socket', "name the switch's control socket"],
    EPROTOTYPE: ['garbled', 'not a stream socket', "name the switch's control socket"],
  };
  const [kind, problem, remedy] = described[cause.code ?? ''] ?? [
    'system' as const,
    `cannot connect (${cause.code ?? cause.message})`,
    "see the switch's log",
  ];
  return new SwitchError(kind, { thing: socketPath, problem, remedy }, { cause });
}

/** The error for a connection that ended while answers were due. */
export function lost(path: string, cause?: NodeJS.ErrnoException): SwitchError {
  const trouble = {
    thing: path,
    problem: `the switch closed the connection without an answer${cause?.code ? ` (${cause.code})` : ''}`,
    remedy: "see the switch's log",
  };
  return new SwitchError('lost', trouble, cause ? { cause } : undefined);
}

/** The error for a peer that violates the protocol. */
export function garbled(socketPath: string, what: string): SwitchError {
  return new SwitchError('garbled', {
    thing: socketPath,
    problem: `what listens there does not speak the switch's protocol (${what})`,
    remedy: "check that this is vhost-switch's control socket",
  });
}

/** An `error` member of an answer, as the protocol defines it. */
export interface RpcError {
  code: number;
  message: string;
}

/**
 * Converts an error answer into ours: a bad parameter is the caller's input, anything else a
 * failure. The switch's sentence, `thing: problem; remedy`, is kept; methods in it become
 * commands.
 */
export function answeredError(socketPath: string, error: RpcError): VmlaneError {
  const trouble = troubleOf(socketPath, inCommands(error.message));
  if (error.code === ERRORS.params) return new InvalidInput(trouble);
  if (error.code === ERRORS.version) return new SwitchError('version', trouble);
  if (error.code === ERRORS.method) {
    const { thing } = trouble;
    const problem = 'the running switch is older than this program and does not know it';
    const remedy = 'stop the switch and start it again; guests reconnect';
    return new SwitchError('old', { thing, problem, remedy });
  }
  if (error.code === ERRORS.denied) return new SwitchError('denied', trouble);
  return new Failed(trouble);
}

function troubleOf(socketPath: string, message: string): Trouble {
  const parts = /^(.+?): (.+?); (.+)$/s.exec(message);
  if (parts?.[1] && parts[2] && parts[3]) {
    return { thing: parts[1], problem: parts[2], remedy: inCommands(parts[3]) };
  }
  return { thing: socketPath, problem: message, remedy: "see the switch's log" };
}
