import type { Port, Settings, SettingsChange } from '../../src/switch/index.js';

/** What the switch was asked for, which it must have, whatever happened. */
export class Wanted {
  readonly #ports = new Map<string, string>();
  #settings: Settings;

  /** `settings`: those that it starts with, as they are not kept over a restart. */
  constructor(readonly initial: Settings) {
    this.#settings = initial;
  }

  /** What was asked for of a port, and the switch's answer, which has the rest. */
  port(asked: Partial<Port> & { name: string }, answer: Port): void {
    this.#ports.set(asked.name, shown({ ...answer, ...asked }));
  }

  removed(name: string): void {
    this.#ports.delete(name);
  }

  set(change: SettingsChange): void {
    this.#settings = { ...this.#settings, ...change };
  }

  restarted(): void {
    this.#settings = this.initial;
  }

  /** How what is there differs. */
  differences(ports: readonly Port[], settings: Settings): string[] {
    const wrong: string[] = [];
    const there = new Map(ports.map((port) => [port.name, shown(port)]));
    for (const [name, wanted] of this.#ports) {
      const found = there.get(name);
      if (!found) wrong.push(`port ${name} is lost`);
      else if (found !== wanted) wrong.push(`port ${name} is ${found}, not ${wanted}`);
    }
    for (const name of there.keys()) {
      if (!this.#ports.has(name)) wrong.push(`port ${name} is there and should not be`);
    }
    for (const key of Object.keys(this.#settings) as (keyof Settings)[]) {
      if (settings[key] === this.#settings[key]) continue;
      wrong.push(`setting ${key} is ${settings[key]}, not ${this.#settings[key]}`);
    }
    return wrong;
  }
}

/** What of a port must last. */
function shown(port: Port): string {
  const { id, name, path, listener, vlan, address_limit, flood_limit, mac } = port;
  return JSON.stringify({ id, name, path, listener, vlan, address_limit, flood_limit, mac });
}
