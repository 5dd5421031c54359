import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** QEMU's monitor on a Unix socket. One request at a time; events are skipped. */
export class Monitor {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  /** Connects and leaves negotiation behind. Rejects when nobody listens. */
  static async connect(path: string): Promise<Monitor> {
    const socket = connect(path);
    await once(socket, 'connect');
    const monitor = new Monitor(socket);
    await monitor.#next('QMP');
    await monitor.ask('qmp_capabilities');
    return monitor;
  }

  /** The answer to a command; its error is thrown. */
  async ask(execute: string, args: object = {}): Promise<unknown> {
    this.#socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    return (await this.#next('return')).return;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #next(key: string): Promise<Record<string, unknown>> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`QEMU closed its monitor before "${key}"`);
      const message = JSON.parse(value) as Record<string, unknown>;
      if ('error' in message) throw new Error(value);
      if (key in message) return message;
    }
  }
}
