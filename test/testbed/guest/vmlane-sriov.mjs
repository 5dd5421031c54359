#!/usr/bin/env node
/**
 * Takes the emulated 82576 through `vmlane sriov`, as built, and prints each command with its status
 * and what it says; test/testbed/vmlane-sriov.test.ts knows the answers. One process, and the bundle: Node
 * takes seconds to start here, and minutes to read and compile file by file.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { sysfsWriter } from '../../../dist/src/system/devices/sysfs.js';
import { say, system, until, vmlane } from './vmlane.mjs';

const PF = '0000:01:00.0';
const device = `/sys/bus/pci/devices/${PF}`;

// sriov_numvfs does not answer while a write to it is stuck.
const now = () => readdirSync(device).filter((name) => name.startsWith('virtfn')).length;

async function vfs() {
  const { vfs: rows } = JSON.parse(await vmlane('sriov', 'list', '--json'));
  for (const { vf, address, driver, mac, vlan, users } of rows) {
    const by = users.map((one) => one.by.replace(/\d+/, 'N')).join();
    say(
      `  ${vf} ${address} ${driver} ${mac.startsWith('52:54:00') ? mac : 'random'} ${vlan} ${by || 'free'}`,
    );
  }
  return rows;
}

system('modprobe', 'igb');
system('modprobe', 'igbvf');
const [net] = readdirSync(`${device}/net`);
system('ip', 'link', 'set', net, 'up');
await until('the link', () => readFileSync(`/sys/class/net/${net}/operstate`, 'utf8') === 'up\n');

await vmlane('sriov', 'set', net, '8');
await vmlane('sriov', 'set', net, '4');
await vfs();
await vmlane('sriov', 'set', PF, '4');
await vmlane('sriov', 'set', net, '3');
const planned = JSON.parse(await vmlane('sriov', 'plan', net, '--json')).vfs;
say(`  ${planned.map(({ address, verdict }) => `${address} ${verdict}`).join(', ')}`);

const mac = '52:54:00:00:00:11';
await vmlane('sriov', 'vf', net, '1', '--mac', mac, '--vlan', '100', '--qos', '3');
await vmlane('sriov', 'vf', net, '1', '--mac', mac, '--vlan', '100');
await vmlane('sriov', 'vf', net, '2', '--mac', mac);
await vmlane('sriov', 'vf', net, '1', '--trust', 'on', '--spoofchk', 'off');
// More than the card's link has: the MAC that was set before goes back.
await vmlane('sriov', 'vf', net, '1', '--mac', '52:54:00:00:00:99', '--rate', '5000');
say(`  ${JSON.stringify(JSON.parse(await vmlane('sriov', 'vf', net, '1', '--json')))}`);

await vmlane('sriov', 'passthrough-ready', `${net}/1`);
await vmlane('sriov', 'bind', `${net}/1`);
await vmlane('sriov', 'bind', `${net}/1`);
await vmlane('sriov', 'passthrough-ready', `${net}/1`);
const rows = await vfs();
const spec = `name: nf1\nmemory: 1GiB\nboot: {kernel: /boot/vmlinuz}\ninterfaces:\n  - {type: vf, pf: ${net}, index: 1}\n`;
writeFileSync('/tmp/nf1.yaml', spec);
const xml = await vmlane('domain', 'generate', '/tmp/nf1.yaml');
const place =
  /<address type="pci" domain="0x(\w+)" bus="0x(\w+)" slot="0x(\w+)" function="0x(\w+)"/;
const [, domain, bus, slot, fn] = place.exec(xml) ?? [];
const bound = rows.find(({ driver }) => driver === 'vfio-pci');
say(`  hostdev ${domain}:${bus}:${slot}.${fn}, bound ${bound.address}`);
await vmlane('sriov', 'persist', net, '--unchecked');

const holder = spawn('python3', ['test/testbed/guest/hold.py', bound.group, bound.address], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await new Promise((resolve) => holder.stdout.once('data', resolve));
await vfs();
await vmlane('sriov', 'set', net, '0');
await vmlane('sriov', 'unbind', `${net}/1`);
await vmlane('sriov', 'passthrough-ready', `${net}/1`);
say(`  ${now()} VFs`);
holder.kill();
await new Promise((resolve) => holder.once('exit', resolve));

await vmlane('sriov', 'unbind', `${net}/1`);
await vmlane('sriov', 'unbind', `${net}/1`);

// A PF that gives its VFs to no driver: one comes back to the driver that it had all the same.
const other = '52:54:00:00:00:22';
await vmlane('sriov', 'vf', net, '2', '--mac', other, '--vlan', '200');
await vmlane('sriov', 'bind', `${net}/2`);
writeFileSync(`${device}/sriov_drivers_autoprobe`, '0\n');
await vmlane('sriov', 'unbind', `${net}/2`);
writeFileSync(`${device}/sriov_drivers_autoprobe`, '1\n');

// On the wire the VF has the MAC and the VLAN that its PF was told.
const [away] = readdirSync(`${device}/virtfn2/net`);
system('ip', 'netns', 'add', 'blue');
system('ip', 'link', 'set', away, 'netns', 'blue');
system('ip', '-n', 'blue', 'address', 'add', '10.0.0.2/24', 'dev', away);
system('ip', '-n', 'blue', 'link', 'set', away, 'up');
system('modprobe', '8021q');
system('ip', 'link', 'add', 'link', 'wire', 'name', 'tagged', 'type', 'vlan', 'id', '200');
system('ip', 'address', 'add', '10.0.0.1/24', 'dev', 'tagged');
system('ip', 'link', 'set', 'tagged', 'up');
await until('an answer through the VF', () => {
  const words = ['ping', '-c', '1', '-W', '2', '10.0.0.2'];
  return spawnSync(process.env.BUSYBOX, words, { stdio: 'ignore' }).status === 0;
});
const { stdout: neighbour } = spawnSync('ip', ['neighbour', 'show', 'dev', 'tagged']);
say(`  ${String(neighbour).split(' ').slice(0, 3).join(' ')} in VLAN 200`);

// An interface in another namespace is a user, too.
await vmlane('sriov', 'set', net, '2');
system('ip', '-n', 'blue', 'link', 'set', away, 'netns', '1');
await vmlane('sriov', 'set', net, '0');

// As after a start of the host.
const saved = `/etc/vmlane/sriov/${PF}.json`;
await vmlane('sriov', 'restore', saved);
const restored = await vfs();
await vmlane('sriov', 'restore', saved);
await vmlane('sriov', 'persist', net, '--remove');

// Somebody who comes between looking and writing: the writer gives up, the kernel goes on. VF 0 is
// gone by then, VF 1 keeps the kernel waiting, VF 2 is still there: to have 2, 0 would come first.
const { group, address } = restored[1];
const late = spawn('python3', ['test/testbed/guest/hold.py', group, address], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await new Promise((resolve) => late.stdout.once('data', resolve));
const stuck = await sysfsWriter(2_000)({ path: `${device}/sriov_numvfs`, value: '0' }).catch(
  (error) => error,
);
say(`stuck: ${stuck?.reason}`);
await vmlane('sriov', 'list');
await vmlane('sriov', 'set', net, '2', '--timeout', '2');
late.kill();
await until('the end of the VFs', () => now() === 0);
say('let go: 0 VFs');
