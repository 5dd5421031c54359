import { expect, test } from 'vitest';
import { parseForwarding, parseMemory, parsePortStats, parseSchedstat } from '../../bench/parse.js';

// As testpmd 22.11 prints it.
const PORTS = `testpmd> show port stats all

  ######################## NIC statistics for port 0  ########################
  RX-packets: 1200       RX-missed: 0          RX-bytes:  76800
  RX-errors: 0
  RX-nombuf:  0
  TX-packets: 1300       TX-errors: 0          TX-bytes:  83200
  ############################################################################

  ######################## NIC statistics for port 1  ########################
  RX-packets: 7          RX-missed: 0          RX-bytes:  448
  TX-packets: 0          TX-errors: 0          TX-bytes:  0
  ############################################################################
`;

test('counters of ports', () => {
  expect([...parsePortStats(PORTS)]).toEqual([
    [0, { rxPackets: 1200, rxBytes: 76800, txPackets: 1300, txBytes: 83200 }],
    [1, { rxPackets: 7, rxBytes: 448, txPackets: 0, txBytes: 0 }],
  ]);
  expect(() => parsePortStats('NIC statistics for port 0  ##\n')).toThrow();
});

test('waiting times, memory', () => {
  expect(parseSchedstat('123 456 7\n')).toEqual({ ran: 123, waited: 456 });
  const status = 'Name:\tx\nVmRSS:\t   24576 kB\nRssAnon:\t 1 kB\nHugetlbPages:\t  131072 kB\n';
  expect(parseMemory(status)).toEqual({ residentMiB: 24, hugeMiB: 128 });
});

test('cycles of testpmd as a forwarder', () => {
  const output = [
    '  ---------------------- Forward statistics for port 0  ----------------------',
    '  RX-packets: 10             RX-dropped: 0             RX-total: 10',
    '  TX-packets: 20             TX-dropped: 7             TX-total: 27',
    '  ----------------------------------------------------------------------------',
    '  +++++++++++++++ Accumulated forward statistics for all ports+++++++++++++++',
    '  RX-packets: 30             RX-dropped: 0             RX-total: 30',
    '  TX-packets: 30             TX-dropped: 5             TX-total: 35',
    '  ++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++',
    '',
  ].join('\n');
  const cycles =
    '  CPU cycles/packet=300.50 (total cycles=9015 / total RX packets=30) at 2445 MHz Clock\n';
  expect(parseForwarding(output)).toBeUndefined();
  expect(parseForwarding(output + cycles)).toEqual({
    ...{ packets: 30, drops: 5, busyCycles: 9015, megahertz: 2445 },
  });
});
