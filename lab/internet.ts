/** A network namespace that stands for the internet: behind the host, without a way back to its guests. */
import { once } from 'node:events';
import { execa } from 'execa';

const NAME = 'internet';
const OUTSIDE = 'wan0';

/** Documentation's addresses (RFC 5737): the host's own there, and a server. */
export const INTERNET = { host: '203.0.113.1', server: '203.0.113.2' } as const;

/** Bytes of what the server sends after the line with the client's address: whole only if TCP works. */
export const DOWNLOAD = 4 * 1024 * 1024;

const SERVER = `
  require('node:http')
    .createServer((request, response) => {
      response.write(request.socket.remoteAddress + '\\n');
      response.end(Buffer.alloc(${DOWNLOAD}, 'x'));
    })
    .listen(80, '${INTERNET.server}', () => console.log('ready'));`;

/** Makes it, with a server that says where requests come from; returns what ends it. */
export async function openInternet(): Promise<() => Promise<void>> {
  const inside = ['-n', NAME];
  const ip = (...words: string[]) => execa('ip', words);
  await ip('netns', 'add', NAME);
  await ip('link', 'add', OUTSIDE, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', NAME);
  await ip('address', 'add', `${INTERNET.host}/24`, 'dev', OUTSIDE);
  await ip('link', 'set', OUTSIDE, 'up');
  await ip(...inside, 'address', 'add', `${INTERNET.server}/24`, 'dev', 'eth0');
  await ip(...inside, 'link', 'set', 'eth0', 'up');
  const words = ['netns', 'exec', NAME, process.execPath, '-e', SERVER];
  // Its own process group: Ctrl-C must reach only the foreground command, which ends this later.
  const server = execa('ip', words, { detached: true, cleanup: false, reject: false });
  const ended = server.then(({ shortMessage }) => {
    throw new Error(`the internet's server has ended: ${shortMessage ?? 'with status 0'}`);
  });
  await Promise.race([once(server.stdout, 'data'), ended]);
  ended.catch(() => undefined);
  return async () => {
    server.kill('SIGTERM');
    await server;
    // Before the namespace, which the kernel takes down in its own time.
    await ip('link', 'delete', OUTSIDE);
    await ip('netns', 'delete', NAME);
  };
}
