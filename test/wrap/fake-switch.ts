import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';

export interface FakeSwitch {
  /** Changes that were asked for, as they came. */
  calls: { method: string; params: Record<string, unknown> }[];
  close(): Promise<void>;
}

/**
 * A fake control socket that knows what the wrapper asks, so that the wrapper can be tested where
 * no DPDK is; the real switch is tested in test/vm. `refuse` names a port that it will not add, `ports` are there.
 */
export async function fakeSwitch(
  path: string,
  refuse?: string,
  ports: readonly object[] = [],
): Promise<FakeSwitch> {
  const calls: FakeSwitch['calls'] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy()); // the wrapper may leave without a word
    createInterface({ input: socket }).on('line', (line) => {
      const { id, method, params } = JSON.parse(line);
      if (method === 'port.add' || method === 'port.remove') calls.push({ method, params });
      const answer =
        method === 'port.add' && params.name === refuse
          ? { error: { code: -32002, message: `port ${refuse}: has other settings; remove it` } }
          : { result: method === 'port.list' ? { ports } : RESULTS[method]?.(params) };
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { calls, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

const RESULTS: Record<string, (params: Record<string, unknown>) => object> = {
  hello: () => ({
    protocol: 1,
    name: 'vhost-switch',
    version: '0',
    dpdk: '0',
    pid: 1,
    uptime: 0,
  }),
  'port.add': (params) => ({
    changed: true,
    port: {
      listener: 'qemu',
      vlan: 0,
      ...params,
      id: 0,
      state: 'waiting',
      queues: 0,
      features: '0x0',
      lcore: 1,
    },
  }),
  'port.remove': () => ({ changed: true }),
};
