import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { Streams } from '../../src/web/streams.js';

/** Somebody who reads, or not. */
class FakeResponse extends EventEmitter {
  written: string[] = [];
  writableNeedDrain = false;
  writeHead(): void {}
  write(text: string): void {
    this.written.push(text);
  }
  /** What was told since the last call. */
  told(): unknown[] {
    const data = this.written.splice(0).flatMap((text) => /^data: (.*)$/m.exec(text)?.[1] ?? []);
    return data.map((text) => JSON.parse(text));
  }
}

function viewer(streams: Streams): FakeResponse {
  const response = new FakeResponse();
  streams.add(response as unknown as ServerResponse, () => ({ whole: 'first' }));
  return response;
}

test('who does not read has one message waiting, and is told all anew when it has read that', () => {
  const streams = new Streams(2);
  const [quick, slow] = [viewer(streams), viewer(streams)];
  let made = 0;
  const send = (n: number) =>
    streams.send(
      () => ({ n }),
      () => {
        made += 1;
        return { whole: n };
      },
    );
  slow.writableNeedDrain = true;
  for (const n of [1, 2, 3]) send(n);
  expect(quick.told()).toEqual([{ whole: 'first' }, { n: 1 }, { n: 2 }, { n: 3 }]);
  expect(slow.told()).toEqual([{ whole: 'first' }]);
  slow.writableNeedDrain = false;
  for (const n of [4, 5]) send(n);
  expect(slow.told()).toEqual([{ whole: 4 }, { n: 5 }]);
  expect(quick.told()).toEqual([{ n: 4 }, { n: 5 }]);
  expect(made).toBe(1);
});

test('there is room for so many, and again when one has gone', () => {
  const streams = new Streams(1);
  const one = viewer(streams);
  expect(streams.hasRoom).toBe(false);
  one.emit('close');
  expect([streams.hasRoom, streams.size]).toEqual([true, 0]);
});

test('messages are numbered, a line each, whatever is in them', () => {
  const streams = new Streams(1);
  const one = viewer(streams);
  streams.send(
    () => ({ text: 'two\nlines\r, data: x' }),
    () => ({}),
  );
  const [, second = ''] = one.written;
  expect(second).toMatch(/^id: 2\ndata: \{[^\n\r]*\}\n\n$/);
});
