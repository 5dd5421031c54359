import { describe, expect, it } from 'vitest';
import { SwitchClient, type SwitchError } from '../../src/switch/index.js';
import { Failed, InvalidInput } from '../../src/values/errors.js';
import { type Asked, FAKE_HELLO, type Say, withFake } from './fake-switch.js';
import { type Exchange, readTranscript } from './transcript.js';

/** Calls the client's method for a request of a transcript. */
function call(client: SwitchClient, { method, params }: Asked): Promise<unknown> {
  const p = params as never;
  const name = (params as { name: string }).name;
  switch (method) {
    case 'method.list':
      return client.methods().then((methods) => ({ methods }));
    case 'port.add':
      return client.addPort(p);
    case 'port.remove':
      return client.removePort(name);
    case 'port.list':
      return client.ports().then((ports) => ({ ports }));
    case 'fdb.list':
      return client.fdb(p);
    case 'port.set':
      return client.setPort(p);
    case 'switch.set':
      return client.set(p);
    case 'switch.info':
      return client.info();
    case 'stats.get':
      return client.stats((params as { port?: string }).port);
    default:
      throw new Error(`${method} is in the transcript and not in the client`);
  }
}

/** Something definite in the place of each `'*'`. */
function definite(value: unknown, key = ''): unknown {
  if (value === '*') return key === 'message' || key === 'summary' ? 'a: is bad; mend it' : 3;
  if (Array.isArray(value)) return value.map((one) => definite(one, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, one]) => [k, definite(one, k)]));
}

interface Answer {
  result?: unknown;
  error?: { code: number; message: string };
}

/** What the client makes of each answer, given by a fake. */
async function outcomes(exchanges: Exchange[]) {
  const answers = exchanges.map(({ answer }) => definite(answer) as Answer);
  const played = answers.values();
  const says = (): Say => {
    const { result, error } = played.next().value ?? {};
    return error ? { error } : { result };
  };
  return withFake(says, async (path, fake) => {
    const client = await SwitchClient.connect(path);
    const got: unknown[] = [];
    for (const { request } of exchanges) {
      got.push(await call(client, JSON.parse(request)).catch((error: unknown) => error));
    }
    client.close();
    return { got, answers, asked: fake.asked.slice(1) };
  });
}

describe('the client, answered as in the transcript', () => {
  it.each(['method-list', 'ports', 'port-conflict', 'counters'])('%s', async (name) => {
    const exchanges = readTranscript(name);
    const { got, answers, asked } = await outcomes(exchanges);
    for (const [i, { request, line }] of exchanges.entries()) {
      const { method, params } = JSON.parse(request) as Asked;
      // The default is left out: a switch that knows only the key's former name takes that.
      const { listener, ...rest } = params;
      const sent = listener === 'qemu' ? rest : params;
      expect(asked[i], `${name}.txt:${line}`).toMatchObject({ method, params: sent });
      const { result, error } = answers[i] ?? {};
      if (error) {
        expect(got[i]).toBeInstanceOf(error.code === -32602 ? InvalidInput : Failed);
        expect(got[i]).toMatchObject({ message: 'a: is bad; mend it' });
      } else {
        expect(got[i], `${name}.txt:${line}`).toEqual(result);
      }
    }
  });

  it('hello-version', async () => {
    const [first] = readTranscript('hello-version');
    const { error } = definite(first?.answer) as Answer;
    await withFake(
      () => undefined,
      async (path) => {
        const refused = SwitchClient.connect(path);
        await expect(refused).rejects.toMatchObject({ kind: 'version', exitCode: 1 });
      },
      () => ({ error }),
    );
  });
});

describe('hello', () => {
  it('names version and caller, and is kept', () =>
    withFake(
      () => undefined,
      async (path, fake) => {
        const client = await SwitchClient.connect(path, { name: 'qemu-wrap' });
        expect(client.hello).toEqual(FAKE_HELLO);
        expect(fake.asked[0]?.params).toEqual({ protocol: 1, client: 'qemu-wrap' });
        client.close();
      },
    ));

  it.each([
    [{ ...FAKE_HELLO, protocol: 2 }, 'version', 'speaks protocol 2, this program 1'],
    [{ ...FAKE_HELLO, name: 'etcd' }, 'garbled', 'it is "etcd"'],
    [{ ...FAKE_HELLO, pid: undefined }, 'garbled', 'the result of hello.pid is not a whole number'],
    [null, 'garbled', 'the result of hello is not an object'],
  ])('of a wrong peer is refused: %j', (result, kind, message) =>
    withFake(
      () => undefined,
      async (path) => {
        const error = await SwitchClient.connect(path).catch((e: unknown) => e);
        expect(error).toMatchObject({ kind, message: expect.stringContaining(message) });
        expect((error as SwitchError).message).toContain(path);
      },
      () => ({ result }),
    ),
  );
});

describe('answers that are none', () => {
  const bad: [string, Say, string][] = [
    ['not JSON', 'HTTP/1.1 400 Bad Request\n', 'not JSON'],
    ['another id', { id: 99, result: {} }, 'an answer to request 99, which nobody made'],
    ['text for an id', { id: '2', result: {} }, 'id is not a whole number'],
    ['neither result nor error', {}, 'neither result nor error'],
    ['another JSON-RPC', { jsonrpc: '1.0', result: {} }, 'not JSON-RPC 2.0'],
    ['a list', '[]\n', 'the answer is not an object'],
    ['a line that does not end', 'x'.repeat(5000), 'longer than 4096 bytes'],
    ['a wrong shape', { result: { ports: [{ id: 'a' }] } }, 'port.list.ports[0].name is not text'],
    ['a result without id', { id: null, result: {} }, 'a result without id'],
  ];

  it.each(bad)('%s', (_name, said, message) =>
    withFake(
      () => said,
      async (path) => {
        const client = await SwitchClient.connect(path, { maxAnswerBytes: 4096 });
        const error = await client.ports().catch((e: unknown) => e);
        expect(error).toMatchObject({ kind: 'garbled', exitCode: 1 });
        expect((error as Error).message).toContain(message);
        client.close();
      },
    ),
  );

  it('an error about no request in particular concerns all of them', () =>
    withFake(
      () => ({ id: null, error: { code: -32003, message: 'clients: 64 are here; close one' } }),
      async (path) => {
        const client = await SwitchClient.connect(path);
        await expect(client.ports()).rejects.toThrow('clients: 64 are here; close one');
        client.close();
      },
    ));
});

it('takes answers in pieces, each as long as is allowed', () =>
  withFake(
    () => undefined,
    async (path, fake) => {
      const answer = (id: number, changed: boolean) =>
        `${JSON.stringify({ jsonrpc: '2.0', id, result: { changed, later: 'ä'.repeat(200) } })}\n`;
      const bytes = Buffer.from(answer(2, true) + answer(3, false));
      const maxAnswerBytes = Buffer.byteLength(answer(3, false)) - 1;
      const client = await SwitchClient.connect(path, { maxAnswerBytes });
      const both = Promise.all([client.removePort('a'), client.removePort('b')]);
      await expect.poll(() => fake.asked.length).toBe(3);
      // Cuts inside the two bytes of an ä, before the end of a line, and after it.
      const cuts = [bytes.indexOf('ä') + 1, bytes.indexOf('\n'), bytes.lastIndexOf('ä') + 1];
      let from = 0;
      for (const to of [...cuts, bytes.length]) {
        fake.send(bytes.subarray(from, to));
        await new Promise((resolve) => setTimeout(resolve, 20));
        from = to;
      }
      expect(await both).toEqual([{ changed: true }, { changed: false }]);
      client.close();
    },
  ));

it('refuses a request that the protocol has no room for, and sends nothing', () =>
  withFake(
    () => undefined,
    async (path, fake) => {
      const client = await SwitchClient.connect(path);
      await expect(client.removePort('a'.repeat(70_000))).rejects.toBeInstanceOf(InvalidInput);
      expect(fake.asked).toHaveLength(1);
      client.close();
    },
  ));
