import { PORT_SETTINGS } from '../../src/contract/bounds.js';
import type { Port, PortChange, PortRequest, SwitchInfo } from '../../src/switch/index.js';
import { Failed } from '../../src/values/errors.js';

/** Not a switch: its list of ports, as SwitchClient would show it. */
export class FakePorts {
  list: Port[];
  maxFrame = 1522;

  constructor(requests: PortRequest[], state: Port['state'] = 'waiting') {
    this.list = requests.map((request) => asPort(request, state));
  }

  async info(): Promise<SwitchInfo> {
    const timing = { ageing: 300, idle_sleep: 0, stats: 0 };
    const settings = { ...timing, rx_retry: 0, rx_retry_num: 0, rx_retry_delay: 0 };
    const known = { lcores: [], vm2vm: 1, mergeable: false, max_ports: 64, settings };
    return { ...known, max_frame: this.maxFrame };
  }

  names(): string[] {
    return this.list.map(({ name }) => name);
  }

  async ports(): Promise<Port[]> {
    return [...this.list];
  }

  async addPort(request: PortRequest): Promise<{ changed: boolean; port: Port }> {
    if (this.list.some(({ name, path }) => name === request.name || path === request.path)) {
      throw new Failed({ thing: request.name, problem: 'taken', remedy: 'remove it first' });
    }
    const port = asPort(request, 'waiting');
    this.list.push(port);
    return { changed: true, port };
  }

  async removePort(name: string): Promise<{ changed: boolean }> {
    const before = this.list.length;
    this.list = this.list.filter((port) => port.name !== name);
    return { changed: this.list.length < before };
  }

  async setPort({ name, ...change }: PortChange): Promise<{ changed: boolean; port: Port }> {
    const port = this.list.find((one) => one.name === name);
    if (!port) throw new Failed({ thing: name, problem: 'no such port', remedy: 'add it first' });
    Object.assign(port, change);
    return { changed: true, port };
  }
}

function asPort(request: PortRequest, state: Port['state']): Port {
  const settings = Object.entries(PORT_SETTINGS).flatMap(([key, about]) =>
    'default' in about ? [[key, about.default]] : [],
  );
  const guest = { id: 0, state, queues: 0, features: '0x0', lcore: 0 };
  return { ...Object.fromEntries(settings), ...request, ...guest } as Port;
}
