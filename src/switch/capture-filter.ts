/** Filters of captures: libpcap compiles them, as tcpdump asks it to. */
import { execa } from 'execa';
import { Failed, InvalidInput } from '../values/errors.js';
import { EMPTY_PCAP } from './pcap.js';

/** native/datapath/bpf.h */
const MOST = 512;

/**
 * The program, an instruction as [code, jt, jf, k], that takes what the expression says.
 * @throws InvalidInput, Failed without tcpdump
 */
export async function compileFilter(
  expression: string,
  { env = process.env }: { env?: NodeJS.ProcessEnv } = {},
): Promise<number[][]> {
  const ran = await execa('tcpdump', ['-ddd', '-r', '-', '--', expression], {
    // What a filter is for, without an interface that would have to be opened.
    input: EMPTY_PCAP,
    env: { ...env, LC_ALL: 'C' },
    extendEnv: false,
    reject: false,
    // Ctrl-C is for us.
    detached: true,
  });
  if (ran.code === 'ENOENT') throw noTcpdump('a filter');
  if (ran.exitCode !== 0) throw badFilter(expression, complaint(ran.stderr));
  const [count = '', ...lines] = ran.stdout.trim().split('\n');
  const program = lines.map((line) => line.split(' ').map(Number));
  const whole = program.every((one) => one.length === 4 && one.every(Number.isSafeInteger));
  if (program.length !== Number(count) || !whole)
    throw badFilter(expression, 'tcpdump says nothing that is a program');
  if (program.length > MOST)
    throw badFilter(expression, `it takes ${program.length} instructions, of ${MOST} at most`);
  return program;
}

/** What is needed for it is not installed. */
export function noTcpdump(what: string): Failed {
  return new Failed({
    thing: 'tcpdump',
    problem: `${what} needs it, and it is not installed`,
    remedy: 'apt install tcpdump',
  });
}

/** What tcpdump says, without what it always says. */
function complaint(stderr: string): string {
  const line = stderr.split('\n').find((one) => one.startsWith('tcpdump: ')) ?? '';
  return line.slice('tcpdump: '.length) || 'tcpdump does not take it';
}

function badFilter(expression: string, problem: string): InvalidInput {
  return new InvalidInput({
    thing: `filter '${expression}'`,
    problem,
    remedy: "see 'man pcap-filter'; a port's name is as in 'vmlane switch ports'",
  });
}
