import type { FakePorts } from './fake-ports.js';
import { type Asked, type FakeSwitch, type Say, withFake } from './fake-switch.js';

/** Runs `use` with a fake switch that has these ports, and has counted nothing but these drops, at each. */
export function withPorts<T>(
  ports: FakePorts,
  use: (socket: string, fake: FakeSwitch) => Promise<T>,
  drops: Record<string, number> = {},
): Promise<T> {
  return withFake(async (asked): Promise<Say> => {
    const refused = (error: Error) => ({ error: { code: -32002, message: error.message } });
    return act(ports, asked, drops).then((result) => ({ result }), refused);
  }, use);
}

async function act(ports: FakePorts, { method, params }: Asked, drops: object): Promise<object> {
  if (method === 'port.add') return ports.addPort(params as never);
  if (method === 'port.set') return ports.setPort(params as never);
  if (method === 'port.remove') return ports.removePort(params.name as string);
  if (method === 'switch.info') return ports.info();
  if (method === 'stats.get') return stats(ports, drops);
  return { ports: await ports.ports() };
}

function stats(ports: FakePorts, drops: object): object {
  const none = { rx_packets: 0, rx_bytes: 0, tx_packets: 0, tx_bytes: 0, drops };
  const fdb = { entries: 0, capacity: 1, learned: 0, moved: 0, aged: 0, evicted: 0, refused: 0 };
  return { ports: ports.list.map(({ name }) => ({ name, ...none })), fdb };
}
