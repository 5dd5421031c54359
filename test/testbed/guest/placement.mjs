#!/usr/bin/env node
/**
 * A host of two NUMA nodes: where vmlane puts a switch whose device is on node 0, and what it says of guests
 * elsewhere. A switch without a device would take the highest processor, which is node 1's.
 *
 *   node 0: processor 0, and an 82576 behind a root bus of its own      node 1: processor 1
 *
 * Arguments: vhost-switch, vhost-front. Prints each command with its status and what it says, and what the kernel
 * says of the switch's threads and pages; test/testbed/placement.test.ts knows the answers.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { quietly, say, system, until, vmlane } from './vmlane.mjs';

const [binary, front] = process.argv.slice(2);
const DEVICES = '/sys/bus/pci/devices';
const PF = '0000:41:00.0';
const VF = '0000:41:10.0';
const MAC = '02:00:00:00:00:01';
const FOLDER = '/run/testbed';
const SOCKET = '/run/vmlane/guests/1/0.sock';
process.env.VMLANE_SWITCH = `${FOLDER}/control`;
process.env.VMLANE_SWITCH_BINARY = binary;
const read = (path) => readFileSync(path, 'utf8');

/** Where the kernel has the switch: threads by processors, huge pages by node, in MiB. */
function placeOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`).map((id) => {
    const status = read(`/proc/${pid}/task/${id}/status`);
    const of = (key) => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1];
    return `${id === String(pid) ? 'main' : of('Name')}@${of('Cpus_allowed_list')}`;
  });
  const mib = [0, 0];
  for (const line of read(`/proc/${pid}/numa_maps`).split('\n')) {
    if (!/ kernelpagesize_kB=2048\b/.test(line)) continue;
    for (const [, node, count] of line.matchAll(/ N(\d+)=(\d+)/g)) mib[node] += Number(count) * 2;
  }
  return { threads: threads.sort().join(' '), mib };
}

async function start(...words) {
  const own = ['--relay', `1=${VF}`, '--memory', '256', '--idle-sleep', '10000', ...words];
  const { pid } = JSON.parse(await vmlane('switch', 'start', ...own, '--json'));
  const { threads, mib } = placeOf(pid);
  say(`  threads: ${threads}`);
  say(`  huge pages: ${mib.map((of, node) => `${of} MiB on node ${node}`).join(', ')}`);
  const { lcores, devices } = JSON.parse(await vmlane('switch', 'info', '--json'));
  for (const { cpu, node } of lcores) say(`  lcore: processor ${cpu} of node ${node}`);
  for (const { name, node } of devices) say(`  ${name}: node ${node}`);
}

/** A guest without a VM: asks vhost-front, whose answers are a line each. */
function guest() {
  const child = spawn(front, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (what) => {
    child.stdin.write(`${JSON.stringify({ guest: 'g', ...what })}\n`);
    const { value } = await lines.next();
    if (value === undefined || 'error' in JSON.parse(value)) throw new Error(`front: ${value}`);
    return JSON.parse(value);
  };
  return { ask, end: () => child.kill() };
}

/** Frames both ways: what a device on node 0 receives is in buffers there. */
async function exchange() {
  const { ask, end } = guest();
  await ask({ do: 'open', path: SOCKET });
  const udp = createSocket('udp4');
  await new Promise((resolve) => udp.bind(0, '10.0.0.1', resolve));
  udp.setBroadcast(true);
  let heard = [];
  await until('a frame from the wire', async () => {
    udp.send('hello', 9, '10.0.0.255');
    heard = (await ask({ do: 'receive' })).frames.g ?? [];
    return heard.some((one) => one.startsWith('ffffffffffff5254008257ff0800'));
  });
  udp.close();
  say('  guest: hears the wire');
  const sent = () => Number(read('/sys/class/net/wire/statistics/rx_packets'));
  const before = sent();
  const frame = `${'ff'.repeat(6)}${MAC.replaceAll(':', '')}88b5`.padEnd(120, '0');
  await until('a frame from the guest', async () => {
    await ask({ do: 'send', frames: [frame] });
    return sent() > before;
  });
  say('  wire: hears the guest');
  end();
}

/** The lines of what vmlane says that are about nodes. */
async function ofNodes(...words) {
  const { status, out, err } = await quietly(...words);
  say(`${words.join(' ')}: ${status}`);
  for (const line of `${out}${err}`.split('\n')) if (/\bnodes?\b/i.test(line)) say(`  ${line}`);
}

system('modprobe', 'igb');
system('modprobe', 'vfio-pci');
const [net] = readdirSync(`${DEVICES}/${PF}/net`);
system('ip', 'address', 'add', '10.0.0.1/24', 'dev', 'wire');
system('ip', 'link', 'set', net, 'up');
await until('the link', () => read(`/sys/class/net/${net}/operstate`) === 'up\n');
writeFileSync(`${DEVICES}/${PF}/sriov_drivers_autoprobe`, '0\n');
writeFileSync(`${DEVICES}/${PF}/sriov_numvfs`, '2\n');
system('ip', 'link', 'set', net, 'vf', '0', 'mac', MAC);
writeFileSync(`${DEVICES}/${VF}/driver_override`, 'vfio-pci\n');
writeFileSync('/sys/bus/pci/drivers_probe', `${VF}\n`);

mkdirSync(dirname(SOCKET), { recursive: true });
await start();
await exchange();
const domain = (cpus, node) => `<domain type='qemu'>
  <name>g</name><memory unit='MiB'>64</memory>
  <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
  <vcpu cpuset='${cpus}'>1</vcpu><numatune><memory mode='strict' nodeset='${node}'/></numatune>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <interface type='vhostuser'><mac address='${MAC}'/><source type='unix' path='${SOCKET}' mode='client'/><model type='virtio'/></interface>
    <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='0x41' slot='16' function='2'/></source></hostdev>
  </devices>
</domain>
`;
writeFileSync('/tmp/far.xml', domain('1', 1));
writeFileSync('/tmp/near.xml', domain('0', 0));
await ofNodes('domain', 'validate', '/tmp/far.xml');
await ofNodes('domain', 'validate', '/tmp/near.xml');
await ofNodes('host', 'plan', '/tmp/far.xml');
await vmlane('switch', 'stop');

// Processors on the other node, as somebody wants it: its own memory is there, the device's is not.
await start('--cpus', '1');
await exchange();
await vmlane('switch', 'stop');

// Too few pages on the device's node for its buffers, then none.
for (const pages of [1, 0]) {
  const folder = '/sys/devices/system/node/node0/hugepages/hugepages-2048kB';
  writeFileSync(`${folder}/nr_hugepages`, `${pages}\n`);
  await start();
  await exchange();
  await vmlane('switch', 'stop');
}
for (const line of read(`${FOLDER}/control.log`).split('\n')) {
  if (/\bnode\b/i.test(line) && !line.startsWith('VHOST_CONFIG')) say(`  ${line}`);
}
