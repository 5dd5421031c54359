import { Failed } from '../../src/errors.js';
import type { Port, PortRequest } from '../../src/switch/index.js';

/** Not a switch: its list of ports, as SwitchClient would show it. */
export class FakePorts {
  list: Port[];

  constructor(requests: PortRequest[], state: Port['state'] = 'waiting') {
    this.list = requests.map((request) => asPort(request, state));
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
}

function asPort(
  { name, path, mode = 'client', vlan = 0 }: PortRequest,
  state: Port['state'],
): Port {
  return { id: 0, name, path, mode, vlan, state, queues: 0, features: '0x0', lcore: 0 };
}
