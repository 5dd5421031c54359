/** Stands before the switch's control socket, to end a client at a chosen moment: before or after a request acts. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Called with each request's method; what it does comes before the request is passed on, or before the answer. */
export interface Watch {
  before?: (method: string) => Promise<boolean>;
  after?: (method: string) => Promise<boolean>;
}

/** A hook that returns false has the request, or the answer, dropped. */
export class Door {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  watch: Watch = {};

  private constructor(socket: string) {
    this.#server = createServer((client) => {
      const there = connect(socket);
      for (const one of [client, there]) {
        this.#sockets.add(one);
        one.on('error', () => one.destroy());
        one.on('close', () => this.#sockets.delete(one));
      }
      client.on('close', () => there.destroy());
      there.on('close', () => client.destroy());
      let method = '';
      const asked = async () => {
        for await (const line of createInterface({ input: client })) {
          method = JSON.parse(line).method;
          if ((await this.watch.before?.(method)) ?? true) there.write(`${line}\n`);
        }
      };
      const answered = async () => {
        for await (const line of createInterface({ input: there }))
          if ((await this.watch.after?.(method)) ?? true) client.write(`${line}\n`);
      };
      // A switch that is away, or a client that was killed.
      for (const way of [asked, answered]) way().catch(() => client.destroy());
    });
  }

  static async open(path: string, socket: string): Promise<Door> {
    const door = new Door(socket);
    door.#server.listen(path);
    await once(door.#server, 'listening');
    return door;
  }

  async close(): Promise<void> {
    for (const one of this.#sockets) one.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
