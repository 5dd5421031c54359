import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS, PROTOCOL_VERSION } from '../contract/bounds.js';
import type { Hello, MethodName, Params, Results } from '../contract/types.js';
import { WrongShape } from '../contract/wrong-shape.js';
import { InvalidInput } from '../values/errors.js';
import { Connection } from './connection.js';
import { answerDeadlineMs } from './deadline.js';
import { garbled, isNotRunning, lost, SwitchError } from './errors.js';
import { inCommands } from './terms.js';

/** Settings of a client. */
export interface ClientOptions {
  /** Time for one request in milliseconds, dialling included; answerDeadlineMs() by default. */
  deadlineMs?: number | undefined;
  /** The caller's name in the switch's log, up to 64 bytes. */
  name?: string;
  /** Limit on the bytes of an answer. */
  maxAnswerBytes?: number;
}

/** State of a request and its deadline; `blocker` is why it could not be sent so far. */
interface Deadline {
  passed: boolean;
  blocker: SwitchError | undefined;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/**
 * Requests to one switch over any number of connections: each within its deadline, redialled if the
 * switch was away, sent once more if its connection died (every method of the protocol is
 * idempotent).
 */
export class Session {
  readonly #path: string;
  readonly #options: ClientOptions;
  readonly #deadlineMs: number;
  #hello: Hello | undefined;
  #connection: Connection | undefined;
  #dialling: Promise<Connection> | undefined;
  #lastId = 0;
  #closed = false;

  constructor(socketPath: string, options: ClientOptions) {
    this.#path = socketPath;
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? answerDeadlineMs();
  }

  /** One to the same switch, with connections of its own. */
  another(): Session {
    return new Session(this.#path, this.#options);
  }

  /** The switch's hello at the last dial. */
  get hello(): Hello {
    if (!this.#hello) throw new Error('no hello before the first dial');
    return this.#hello;
  }

  /** Sends a request, and checks the shape of the result. */
  request<M extends MethodName>(method: M, params: Params[M]): Promise<Results[M]> {
    return this.#withDeadline(method, async (deadline) => {
      const first = await this.#connected(deadline);
      try {
        return await this.#ask(first, method, params);
      } catch (error) {
        const died = error instanceof SwitchError && error.kind === 'lost';
        if (!died || deadline.passed) throw error;
      }
      return this.#ask(await this.#connected(deadline), method, params);
    });
  }

  /** The same of a method whose answer is followed by bytes, on a connection for these alone. */
  requestBytes<M extends MethodName>(
    method: M,
    params: Params[M],
  ): Promise<{ result: Results[M]; socket: Socket }> {
    return this.#withDeadline(method, async () => {
      const connection = await this.dial();
      const { id, line } = this.#line(method, params);
      const { result, socket } = await connection.askForBytes(id, line);
      return { result: await this.#checked(method, result), socket };
    });
  }

  /** Dials once, says hello and checks the peer. */
  dial(): Promise<Connection> {
    const abort = new AbortController();
    const work = async () => {
      const { maxAnswerBytes } = this.#options;
      const connection = await Connection.dial(this.#path, abort.signal, maxAnswerBytes);
      abort.signal.addEventListener('abort', () => connection.destroy(abort.signal.reason));
      try {
        await this.#greet(connection);
      } catch (error) {
        connection.destroy(this.#closedError());
        throw error;
      }
      return connection;
    };
    return this.#withDeadline('hello', work, (late) => abort.abort(late));
  }

  close(): void {
    this.#closed = true;
    this.#connection?.destroy(this.#closedError());
  }

  async #ask<M extends MethodName>(
    connection: Connection,
    method: M,
    params: Params[M],
  ): Promise<Results[M]> {
    const { id, line } = this.#line(method, params);
    return this.#checked(method, await connection.ask(id, line));
  }

  #line<M extends MethodName>(method: M, params: Params[M]): { id: number; line: string } {
    this.#lastId += 1;
    const id = this.#lastId;
    const line = `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
    if (Buffer.byteLength(line) > LIMITS.request_bytes) {
      const problem = `the request is longer than ${LIMITS.request_bytes} bytes`;
      throw new InvalidInput({
        thing: inCommands(method),
        problem,
        remedy: 'shorten what it is given',
      });
    }
    return { id, line };
  }

  async #checked<M extends MethodName>(method: M, result: unknown): Promise<Results[M]> {
    const { checkedResult } = await import('../contract/results.js');
    try {
      return checkedResult(method, result);
    } catch (error) {
      if (!(error instanceof WrongShape)) throw error;
      throw garbled(this.#path, error.message);
    }
  }

  /** The live connection, or a new one; waits with growing pauses for a restarting switch. */
  async #connected(deadline: Deadline): Promise<Connection> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      if (this.#closed) throw this.#closedError();
      if (this.#connection?.alive) return this.#connection;
      // Concurrent requests share one dial, which has its own deadline.
      this.#dialling ??= this.dial().finally(() => {
        this.#dialling = undefined;
      });
      try {
        return await this.#dialling;
      } catch (error) {
        if (deadline.passed || !isPassing(error)) throw error;
        deadline.blocker = error;
      }
      await sleep(pause);
      if (deadline.passed) throw deadline.blocker;
    }
  }

  async #greet(connection: Connection): Promise<void> {
    const params = { protocol: PROTOCOL_VERSION, client: this.#options.name ?? 'vmlane' };
    const hello = await this.#ask(connection, 'hello', params);
    if (hello.name !== 'vhost-switch') throw garbled(this.#path, `it is "${hello.name}"`);
    if (hello.protocol !== PROTOCOL_VERSION) {
      throw new SwitchError('version', {
        thing: this.#path,
        problem: `the switch speaks protocol ${hello.protocol}, this program ${PROTOCOL_VERSION}`,
        remedy: 'install the same version of both',
      });
    }
    if (this.#closed) throw this.#closedError();
    this.#hello = hello;
    this.#connection = connection;
  }

  /** Runs `work`; on a timeout, rejects and closes the silent connection. */
  #withDeadline<T>(
    method: string,
    work: (deadline: Deadline) => Promise<T>,
    // Other requests on the connection may still have time: for them it is lost, not late.
    onLate: (late: SwitchError) => void = () => this.#connection?.destroy(lost(this.#path)),
  ): Promise<T> {
    const deadline: Deadline = { passed: false, blocker: undefined };
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        deadline.passed = true;
        const late = deadline.blocker ?? this.#lateError(method);
        reject(late);
        onLate(late);
      }, this.#deadlineMs);
      work(deadline)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }

  #lateError(method: string): SwitchError {
    return new SwitchError('late', {
      thing: this.#path,
      problem: `no answer to ${inCommands(method)} within ${this.#deadlineMs} ms`,
      remedy: 'check that vhost-switch is not stopped and see its log',
    });
  }

  #closedError(): SwitchError {
    const trouble = {
      thing: this.#path,
      problem: 'the client was closed',
      remedy: 'connect again',
    };
    return new SwitchError('closed', trouble);
  }
}

function isPassing(error: unknown): error is SwitchError {
  return isNotRunning(error) || (error instanceof SwitchError && error.kind === 'lost');
}
