/** A frame of a capture: pcap or pcapng, whatever libpcap reads. */
import { open } from 'node:fs/promises';
import { execa } from 'execa';
import { InvalidInput } from '../values/errors.js';
import { noTcpdump } from './capture-filter.js';

/** Ethernet. */
const LINK_TYPE = 1;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;

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
    const { stdout, stderr, exitCode, code } = await execa(
      'tcpdump',
      ['-r', '-', '-w', '-', '-c', String(number)],
      { input: file.createReadStream({ autoClose: false }), encoding: 'buffer', reject: false },
    );
    if (code === 'ENOENT') throw noTcpdump('a capture as a file');
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
  if (pcap.readUInt32LE(20) !== LINK_TYPE) {
    const remedy = 'name one of an Ethernet interface';
    throw new InvalidInput({ thing: path, problem: 'has no Ethernet frames', remedy });
  }
  let at = FILE_HEADER;
  for (let n = 1; at + RECORD_HEADER <= pcap.length; n++) {
    const kept = pcap.readUInt32LE(at + 8);
    if (n === number) return pcap.subarray(at + RECORD_HEADER, at + RECORD_HEADER + kept);
    at += RECORD_HEADER + kept;
  }
  const remedy = 'give a smaller --number';
  throw new InvalidInput({ thing: path, problem: `has no frame ${number}`, remedy });
}

function lastLine(text: Buffer): string {
  return text.toString().trim().split('\n').at(-1) ?? '';
}
