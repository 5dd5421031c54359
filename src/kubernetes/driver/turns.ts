/** Who has to wait for whom: those of one key come one after another, in the order in which they asked. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** `act`, when all that took a turn of this key before have ended, however they did. */
  take<T>(key: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(act);
    const ended = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, ended);
    void ended.then(() => {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    });
    return turn;
  }
}
