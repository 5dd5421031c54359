/** Devices that are interfaces of the host, through DPDK's drivers for them. Needs root. */
import { afterEach, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { inFolder } from '../switch/folder.js';
import { ANOTHER_USER } from '../switch/real-switch.js';
import { type Bench, openBench } from './bench.js';
import { mac } from './frames.js';
import { ip } from './tap.js';

const FAR = '10.9.1.1';
const FAR_MAC = '02:00:00:09:01:01';
/** At most 15 bytes, and nobody else's. */
const NEAR = `vd${process.pid}`;
const made: string[] = [];

afterEach(async () => {
  for (const name of made.splice(0)) await ip('netns', 'del', name);
});

/** A veth, whose far end is a host in a namespace of the same name. */
async function makeVeth(): Promise<void> {
  await ip('netns', 'add', NEAR);
  made.push(NEAR);
  const far = ['peer', 'name', 'far', 'address', FAR_MAC, 'netns', NEAR];
  await ip('link', 'add', NEAR, 'type', 'veth', ...far);
  await ip('link', 'set', NEAR, 'addrgenmode', 'none', 'up');
  await ip('-n', NEAR, 'address', 'add', `${FAR}/24`, 'dev', 'far');
  await ip('-n', NEAR, 'link', 'set', 'far', 'up');
}

const bare = (address: string) => address.replaceAll(':', '');

/** Who has 10.9.1.1 (RFC 826)? As guest 1 asks it, and as it is answered. */
const QUESTION =
  `ffffffffffff${bare(mac(1))}08060001080006040001${bare(mac(1))}0a0901c8` +
  `0000000000000a090101${'0'.repeat(36)}`;
const ANSWER =
  `${bare(mac(1))}${bare(FAR_MAC)}08060001080006040002${bare(FAR_MAC)}0a090101` +
  `${bare(mac(1))}0a0901c8`;

function farAnswers(bench: Bench): Promise<string> {
  const wait = { thing: 'the far end', problem: 'does not answer', remedy: 'see the log' };
  return until({ ...wait, ms: 60_000 }, async () => {
    await bench.guests.send('a', [QUESTION]);
    return (await bench.received()).a?.find((text) => text.startsWith(ANSWER));
  });
}

it.runIf(ANOTHER_USER !== undefined)(
  'af_xdp starts with the buffers that it needs, ends as it should, and starts again',
  () =>
    inFolder(async (folder) => {
      await makeVeth();
      for (const _ of ['first', 'again']) {
        const { bench, end } = await openBench(folder, {
          own: ['--device', `x=net_af_xdp0,iface=${NEAR}`],
          memory: 128,
        });
        try {
          await bench.plug(['a']);
          await farAnswers(bench);
          await bench.client.removePort('a');
          const devices = (await bench.client.info()).devices ?? [];
          expect(devices.map(({ driver }) => driver)).toEqual(['net_af_xdp']);
        } finally {
          await end();
        }
      }
    }),
);
