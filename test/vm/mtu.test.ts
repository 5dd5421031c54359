/** MTUs of NICs on the switch, as their guests have them: of a spec, and of a domain that had it on its bridge. */
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GuestConsole } from '../../lab/console.js';
import { Lab } from '../../lab/lab.js';
import { allTails } from '../../lab/logs.js';
import { strays } from '../../lab/strays.js';
import { tellAllOnFailure } from './use-lab.js';

const BRIDGE = `<interface type='bridge'>
      <mac address='52:54:00:00:00:f1'/>
      <source bridge='br-lab'/>
      <model type='virtio'/>
      <mtu size='1400'/>
    </interface>`;

let lab: Lab;

beforeAll(async () => {
  try {
    lab = await Lab.open({ say: (text) => console.log(text), switch: ['--mergeable'] });
  } catch (error) {
    console.error(await allTails());
    throw error;
  }
});

afterAll(async () => {
  await lab?.close();
  expect(await strays()).toEqual([]);
});

function spec(name: string, mtu: number): string {
  return `name: ${name}
memory: 256MiB
accel: tcg
machine: q35
boot:
  kernel: /run/lab/vmlinuz
  initrd: /run/lab/initrd
  cmdline: console=ttyS0 quiet panic=-1 no_timer_check cryptomgr.notests pci=nomsi vmlane.ip=10.77.0.6/24
interfaces: [{type: vhost-user, mac: "52:54:00:00:00:f0", mtu: ${mtu}}]
serials: [{file: /run/lab/${name}.log}, {socket: /run/lab/${name}.tty}]
`;
}

async function generated(name: string, mtu: number): Promise<string> {
  await writeFile(`/run/lab/${name}.yaml`, spec(name, mtu));
  return lab.vmlane('domain', 'generate', `/run/lab/${name}.yaml`);
}

async function define(xml: string): Promise<void> {
  await writeFile('/run/lab/mtu.xml', xml);
  await lab.vmlane('domain', 'define', '/run/lab/mtu.xml');
}

async function dumped(...words: string[]): Promise<string> {
  return (await execa('virsh', ['--quiet', 'dumpxml', ...words])).stdout;
}

async function mtuIn(guest: GuestConsole): Promise<number> {
  const { output } = await guest.run('cat /sys/class/net/eth0/mtu');
  return Number(output);
}

/** The same guest on a bridge, with an MTU there. */
async function onBridge(): Promise<string> {
  const xml = await generated('t', 1400);
  return xml
    .replace(/<interface.*<\/interface>/s, BRIDGE)
    .replace(/\s*<qemu:override>.*<\/qemu:override>/s, '');
}

test.each([1400, 4000])('of a spec: %d', async (mtu) => {
  tellAllOnFailure();
  await define(await generated('s', mtu));
  expect(await mtuIn(await lab.start('s'))).toBe(mtu);
  // libvirt keeps what it is told by.
  for (const words of [['s'], ['--inactive', 's']]) {
    const xml = await dumped(...words);
    expect(xml).toContain("<qemu:device alias='ua-vmlane-5254000000f0'>");
    expect(xml).toContain("<alias name='ua-vmlane-5254000000f0'/>");
  }
  await lab.destroy('s');
});

test("in libvirt's own place none starts; converted, it does", async () => {
  tellAllOnFailure();
  const xml = (await onBridge()).replace("type='bridge'", "type='vhostuser'");
  const source = "<source type='unix' path='/run/vmlane/guests/t/0.sock' mode='client'/>";
  await define(xml.replace("<source bridge='br-lab'/>", source));
  await expect(lab.vmlane('domain', 'start', 't')).rejects.toThrow('Cannot set interface MTU on');
  await define(await lab.vmlane('domain', 'convert', '--domain', 't'));
  expect(await mtuIn(await lab.start('t'))).toBe(1400);
  await lab.destroy('t');
  await lab.vmlane('domain', 'undefine', 't');
});

test('of a bridge: converted, and given back', async () => {
  tellAllOnFailure();
  await define(await onBridge());
  const before = await dumped('--inactive', 't');
  expect(before).toContain("<mtu size='1400'/>");
  await define(await lab.vmlane('domain', 'convert', '--domain', 't', '--network', 'none'));
  expect(await mtuIn(await lab.start('t'))).toBe(1400);
  await lab.destroy('t');
  await define(await lab.vmlane('domain', 'convert', '--domain', 't', '--revert'));
  expect(await dumped('--inactive', 't')).toBe(before);
  expect(await mtuIn(await lab.start('t'))).toBe(1400);
  await lab.destroy('t');
});
