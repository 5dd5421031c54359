import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** Sends lines one after the other, each after the answer to the one before. */
export async function converse(socketPath: string, requests: string[]): Promise<unknown[]> {
  const socket = connect(socketPath);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const answers: unknown[] = [];
  try {
    for (const request of requests) {
      socket.write(`${request}\n`);
      const { value } = await lines.next();
      answers.push(JSON.parse(value as string));
    }
  } finally {
    socket.destroy();
  }
  return answers;
}
