/** testpmd's counters of one port. */
export interface GeneratorPort {
  rxPackets: number;
  rxBytes: number;
  txPackets: number;
  txBytes: number;
}

/** Reads testpmd's `show port stats all`, by port number. */
export function parsePortStats(output: string): Map<number, GeneratorPort> {
  const ports = new Map<number, GeneratorPort>();
  // Text before the first heading is discarded.
  const [, ...parts] = output.split(/NIC statistics for port +/);
  for (const part of parts) {
    ports.set(Number.parseInt(part, 10), {
      rxPackets: field(part, /RX-packets: *(\d+)/),
      rxBytes: field(part, /RX-bytes: *(\d+)/),
      txPackets: field(part, /TX-packets: *(\d+)/),
      txBytes: field(part, /TX-bytes: *(\d+)/),
    });
  }
  return ports;
}

/** testpmd's counters as a forwarder. */
export interface Forwarding {
  packets: number;
  drops: number;
  busyCycles: number;
  /** Of the time stamp counter. */
  megahertz: number;
}

/** Reads `show fwd stats all` with recorded cycles; undefined: its end is not there yet. */
export function parseForwarding(output: string): Forwarding | undefined {
  const [, all] = output.split('Accumulated forward statistics for all ports');
  const cycles =
    /CPU cycles\/packet=[\d.]+ \(total cycles=(\d+) \/ total (?:RX|TX|io) packets=(\d+)\) at (\d+) MHz/.exec(
      all ?? '',
    );
  if (!all || !cycles) return undefined;
  return {
    packets: Number(cycles[2]),
    drops: field(all, /TX-dropped: *(\d+)/),
    busyCycles: Number(cycles[1]),
    megahertz: Number(cycles[3]),
  };
}

/** Nanoseconds on the processor and waiting for it, of /proc/PID/task/TID/schedstat. */
export function parseSchedstat(text: string): { ran: number; waited: number } {
  const [ran = 0, waited = 0] = text.trim().split(/\s+/).map(Number);
  return { ran, waited };
}

/** Nanoseconds that the host gave this processor to others, of /proc/stat, in hundredths of a second. */
export function parseStolen(text: string, processor: number): number {
  return field(text, new RegExp(`^cpu${processor}(?: \\d+){7} (\\d+)`, 'm')) * 1e7;
}

/** A process's MiB in memory, from /proc/PID/status; huge pages are listed separately. */
export function parseMemory(text: string): { residentMiB: number; hugeMiB: number } {
  return {
    residentMiB: field(text, /^VmRSS:\s+(\d+) kB/m) / 1024,
    hugeMiB: field(text, /^HugetlbPages:\s+(\d+) kB/m, 0) / 1024,
  };
}

function field(text: string, pattern: RegExp, otherwise?: number): number {
  const found = pattern.exec(text)?.[1];
  if (found !== undefined) return Number(found);
  if (otherwise !== undefined) return otherwise;
  throw new Error(`no ${pattern.source} in: ${text.slice(0, 200)}`);
}
