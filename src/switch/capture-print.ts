/** Captures as lines: tcpdump's, each behind its port, its direction, and why the switch dropped the frame. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Failed } from '../values/errors.js';
import { plain } from '../values/plain.js';
import type { CaptureSink } from './capture.js';
import { type Block, INTERFACE, nameOf, PACKET, packetOf } from './capture-blocks.js';
import { noTcpdump } from './capture-filter.js';

/** Gives each line to `print`, which says whether somebody still reads. @throws Failed without tcpdump */
export async function captureToLines(
  print: (line: string) => Promise<boolean>,
  { env = process.env }: { env?: NodeJS.ProcessEnv } = {},
): Promise<CaptureSink> {
  // It gives up root's rights by itself. Ctrl-C is for us: what has come is still printed.
  const child = spawn('tcpdump', ['-n', '-l', '-r', '-'], { detached: true, env });
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', () => reject(noTcpdump('printing frames')));
  });
  const { stdin, stdout, stderr } = child;
  const ended = once(child, 'exit');
  const names: string[] = [];
  const heads: string[] = [];
  let said = '';
  let read = true;
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  // Its end is seen by its exit.
  stdin.on('error', () => undefined);
  const printed = (async () => {
    for await (const line of createInterface({ input: stdout })) {
      const head = /^\s/.test(line) ? '    ' : heads.shift();
      read &&= await print(`${plain(`${head ?? ''}${line}`)}\n`);
    }
  })();
  return {
    names: [],
    async put(block: Block) {
      if (block.type === INTERFACE) names.push(nameOf(block));
      if (block.type === PACKET) heads.push(headOf(block, names));
      if (child.exitCode !== null || child.signalCode !== null) throw ranAway(said);
      if (!stdin.write(block.bytes)) await Promise.race([once(stdin, 'drain'), ended]);
      return read;
    },
    async flush() {
      return read;
    },
    async end() {
      stdin.end();
      await ended;
      await printed;
      // It refuses a file without any interface; there was no port then.
      if (child.exitCode !== 0 && names.length > 0) throw ranAway(said);
    },
  };
}

function headOf(block: Block, names: readonly string[]): string {
  const packet = packetOf(block);
  const why = packet.dropped === undefined ? '' : `dropped: ${packet.dropped} `;
  return `${names[packet.interface] ?? '?'} ${packet.direction.padEnd(3)} ${why}`;
}

function ranAway(said: string): Failed {
  const problem = said.split('\n').findLast((line) => line.startsWith('tcpdump: ')) ?? 'has ended';
  const remedy = 'take the frames with -w FILE';
  return new Failed({ thing: 'tcpdump', problem: problem.replace('tcpdump: ', ''), remedy });
}
