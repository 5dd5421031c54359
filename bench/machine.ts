import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism, release } from 'node:os';
import { promisify } from 'node:util';

/** The machine's properties on which the figures depend. */
export interface Machine {
  cpu: string;
  cores: number;
  kernel: string;
  memoryMiB: number;
  hypervisor: boolean;
}

export async function machine(): Promise<Machine> {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8');
  const meminfo = await readFile('/proc/meminfo', 'utf8');
  return {
    cpu: /^model name\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? 'unknown',
    cores: availableParallelism(),
    kernel: release(),
    memoryMiB: Math.round(Number(/^MemTotal:\s+(\d+)/m.exec(meminfo)?.[1] ?? 0) / 1024),
    hypervisor: /^flags\s*:.* hypervisor\b/m.test(cpuinfo),
  };
}

export function describeMachine({ cpu, cores, kernel, memoryMiB, hypervisor }: Machine): string {
  const kind = hypervisor ? ', a virtual machine' : '';
  return `${cpu}, ${cores} cores, ${memoryMiB} MiB, Linux ${kernel}${kind}`;
}

export async function dpdkVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)('pkg-config', ['--modversion', 'libdpdk']);
  return stdout.trim();
}
