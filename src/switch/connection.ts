import { connect, type Socket } from 'node:net';
import { LIMITS } from '../contract/bounds.js';
import { type Notification, parseLine } from '../contract/envelope.js';
import { WrongShape } from '../contract/wrong-shape.js';
import type { VmlaneError } from '../values/errors.js';
import { answeredError, dialError, garbled, lost, type SwitchError } from './errors.js';
import { mustBeTrusted } from './trust.js';

interface Waiting {
  resolve(result: unknown): void;
  reject(error: VmlaneError): void;
}

/** Who is told what the switch says unasked, and how the connection ends. */
export interface Listener {
  heard(notification: Notification): void;
  ended(reason: VmlaneError): void;
}

/**
 * One connection to a switch: sends request lines, returns each answer to its request. It knows
 * nothing of methods, deadlines or redialling. A dead connection stays dead.
 */
export class Connection {
  readonly #path: string;
  readonly #socket: Socket;
  readonly #maxAnswer: number;
  readonly #waiting = new Map<number, Waiting>();
  #listener: Listener | undefined;
  #chunks: Buffer[] = [];
  #held = 0;
  #death: VmlaneError | undefined;
  /** The request whose answer is followed by bytes. */
  #handing: number | undefined;
  #handed = false;
  readonly #onData = (chunk: Buffer) => this.#take(chunk);
  readonly #onClose = () => this.destroy(lost(this.#path));

  private constructor(path: string, socket: Socket, maxAnswer: number) {
    this.#path = path;
    this.#socket = socket;
    this.#maxAnswer = maxAnswer;
    socket.on('data', this.#onData);
    socket.on('error', (cause) => this.destroy(lost(path, cause)));
    socket.on('close', this.#onClose);
  }

  /**
   * Dials what nobody else can have put there. Rejects with SwitchError as soon as the operating
   * system says no, or on `signal`.
   */
  static async dial(
    path: string,
    signal: AbortSignal,
    maxAnswer: number = LIMITS.answer_bytes,
  ): Promise<Connection> {
    await mustBeTrusted(path);
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const socket = connect({ path });
      const give = (error: SwitchError) => {
        socket.destroy();
        reject(error);
      };
      const onAbort = () => give(signal.reason as SwitchError);
      const onError = (cause: Error) => {
        signal.removeEventListener('abort', onAbort);
        give(dialError(path, cause));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      socket.once('error', onError);
      socket.once('connect', () => {
        signal.removeEventListener('abort', onAbort);
        socket.off('error', onError);
        resolve(new Connection(path, socket, maxAnswer));
      });
    });
  }

  /** Whether requests can still be sent. */
  get alive(): boolean {
    return this.#death === undefined;
  }

  /** Sends one request line (newline included) and gives the `result` of the answer with `id`. */
  ask(id: number, line: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#death) {
        reject(this.#death);
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(line);
    });
  }

  /**
   * The same of a request whose answer is followed by bytes: these come from the socket, which is the caller's from
   * then on.
   */
  async askForBytes(id: number, line: string): Promise<{ result: unknown; socket: Socket }> {
    this.#handing = id;
    return { result: await this.ask(id, line), socket: this.#socket };
  }

  /** From now on; without a listener the switch may say nothing unasked. */
  listen(listener: Listener): void {
    this.#listener = listener;
    if (this.#death) listener.ended(this.#death);
  }

  /** Takes nothing more from the switch, which notices, until it is resumed. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection; waiting requests are rejected with `reason`. */
  destroy(reason: VmlaneError): void {
    if (this.#death) return;
    this.#death = reason;
    this.#chunks = [];
    this.#socket.destroy();
    for (const waiting of this.#waiting.values()) waiting.reject(reason);
    this.#waiting.clear();
    this.#listener?.ended(reason);
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0 && this.alive; end = rest.indexOf(10)) {
      const line = Buffer.concat([...this.#chunks, rest.subarray(0, end)]).toString('utf8');
      this.#chunks = [];
      this.#held = 0;
      rest = rest.subarray(end + 1);
      this.#answer(line);
      if (this.#handed) {
        this.#hand(rest);
        return;
      }
    }
    if (!this.alive || rest.length === 0) return;
    this.#held += rest.length;
    if (this.#held > this.#maxAnswer) {
      this.destroy(garbled(this.#path, `a line is longer than ${this.#maxAnswer} bytes`));
    } else {
      this.#chunks.push(rest);
    }
  }

  /** No lines come any more. Errors are seen as the end. */
  #hand(rest: Buffer): void {
    this.#death = lost(this.#path);
    this.#socket.pause();
    this.#socket.off('data', this.#onData);
    this.#socket.off('close', this.#onClose);
    if (rest.length > 0) this.#socket.unshift(rest);
  }

  #answer(line: string): void {
    try {
      const answer = parseLine(line);
      if ('method' in answer) {
        if (!this.#listener) throw new WrongShape(`${answer.method}, which nobody asked for`);
        this.#listener.heard(answer);
        return;
      }
      if (answer.id === null) {
        // The switch could not read us, or has no room for us: this concerns every request.
        if (!answer.error) throw new WrongShape('a result without id');
        this.destroy(answeredError(this.#path, answer.error));
        return;
      }
      const waiting = this.#waiting.get(answer.id);
      if (!waiting) throw new WrongShape(`an answer to request ${answer.id}, which nobody made`);
      this.#waiting.delete(answer.id);
      if (answer.error) waiting.reject(answeredError(this.#path, answer.error));
      else {
        this.#handed = answer.id === this.#handing;
        waiting.resolve(answer.result);
      }
    } catch (error) {
      if (!(error instanceof WrongShape)) throw error;
      this.destroy(garbled(this.#path, error.message));
    }
  }
}
