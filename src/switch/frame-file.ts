/** A frame of a capture: pcap or pcapng, whatever libpcap reads. */
import { open } from 'node:fs/promises';
import { execa } from 'execa';
import { InvalidInput } from '../values/errors.js';
import { noTcpdump } from './capture-filter.js';
import { frameAt, isOfEthernet } from './pcap.js';

/**
 * Frame `number`, from 1, as much of it as was captured. tcpdump reads the file, which is opened with the
 * caller's rights, and writes it as pcap in the byte order of this machine.
 * @throws InvalidInput, Failed without tcpdump
 */
export async function frameFromFile(path: string, number: number): Promise<Buffer> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    const trouble = {
      thing: path,
      problem: `cannot be read (${cause.code})`,
      remedy: 'name a capture',
    };
    throw new InvalidInput(trouble, { cause });
  });
  try {
    const { stdout, stderr, exitCode, code, isMaxBuffer } = await execa(
      'tcpdump',
      ['-r', '-', '-w', '-', '-c', String(number)],
      { input: file.createReadStream({ autoClose: false }), encoding: 'buffer', reject: false },
    );
    if (code === 'ENOENT') throw noTcpdump('a capture as a file');
    if (isMaxBuffer) {
      const problem = `has too much before frame ${number}`;
      throw new InvalidInput({ thing: path, problem, remedy: 'cut it out: editcap -r' });
    }
    if (exitCode !== 0) {
      const problem = `is no capture (${lastLine(Buffer.from(stderr))})`;
      throw new InvalidInput({ thing: path, problem, remedy: 'name a pcap or pcapng file' });
    }
    return recordOf(Buffer.from(stdout), path, number);
  } finally {
    await file.close();
  }
}

function recordOf(pcap: Buffer, path: string, number: number): Buffer {
  if (!isOfEthernet(pcap)) {
    const remedy = 'name one of an Ethernet interface';
    throw new InvalidInput({ thing: path, problem: 'has no Ethernet frames', remedy });
  }
  const frame = frameAt(pcap, number);
  if (frame) return frame;
  const remedy = 'give a smaller --number';
  throw new InvalidInput({ thing: path, problem: `has no frame ${number}`, remedy });
}

function lastLine(text: Buffer): string {
  return text.toString().trim().split('\n').at(-1) ?? '';
}
