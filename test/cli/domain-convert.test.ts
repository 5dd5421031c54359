import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Libvirt } from '../../src/libvirt/index.js';
import { xmlOf } from '../domain/convert/cases.js';
import { inFolder } from '../switch/folder.js';
import { vmlane } from './test-io.js';

const XML = xmlOf('taps');
const convert = (words: string[], input = XML) =>
  vmlane(['domain', 'convert', ...words], { input });
const STAYS = {
  index: 2,
  mac: '52:54:00:00:00:33',
  problem: 'is of type user',
  remedy: 'choose one of network, bridge, direct, ethernet',
};
const USER_STAYS = `vmlane: taps: NIC 2 (${STAYS.mac}) stays: ${STAYS.problem}; ${STAYS.remedy}\n`;
const TOLD = [
  USER_STAYS.trimEnd(),
  'vmlane: taps: NIC 0 (52:54:00:00:00:31): from bridge to /run/vmlane/guests/taps/0.sock',
  'vmlane: taps: NIC 0 (52:54:00:00:00:31): its MTU is 9000, which only a switch with --mergeable carries; it does not run, so it was not asked',
  'vmlane: taps: NIC 0 (52:54:00:00:00:31): the switch is not attached to its bridge ovs0; attach it: vmlane network add ovs0 --bridge ovs0, or choose one with --network',
  'vmlane: taps: NIC 0 (52:54:00:00:00:31): left out what only a tap has: virtualport',
  "vmlane: taps: NIC 0 (52:54:00:00:00:31): its port gets what it had when it starts (libvirt's hook, or 'vmlane domain start'): vlan 42, inbound 1000",
  'vmlane: taps: NIC 1 (52:54:00:00:00:32): from ethernet to /run/vmlane/guests/taps/1.sock',
  'vmlane: taps: NIC 1 (52:54:00:00:00:32): its network is not known (type ethernet); attach the switch to the bridge that leads there with vmlane network add, or choose one with --network',
  'vmlane: taps: NIC 1 (52:54:00:00:00:32): left out what only a tap has: script, backend, coalesce, tune',
  '',
].join('\n');

describe('domain convert', () => {
  it('is a filter; twice is once; --revert gives every byte', async () => {
    const first = await convert(['-']);
    expect(first).toMatchObject({ status: 0, err: TOLD });
    expect(first.out).toContain(' vlan="42" inbound="1000"');
    const again = await convert(['-'], first.out);
    const nothing = 'vmlane: taps: nothing to change\n';
    expect(again).toEqual({ status: 0, out: first.out, err: `${nothing}${USER_STAYS}` });
    const back = await convert(['-', '--revert'], first.out);
    expect(back).toMatchObject({ status: 0, out: XML });
    expect(back.err).toBe(
      [0, 1]
        .map((n) => `vmlane: taps: /run/vmlane/guests/taps/${n}.sock is no longer used\n`)
        .join(''),
    );
    expect(await convert(['-', '--revert'])).toMatchObject({ status: 0, out: XML });
  });

  it('reads a file, and keeps its byte order mark and line ends', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'a.xml');
      const xml = `\ufeff${XML.replaceAll('\n', '\r\n')}`;
      await writeFile(file, xml);
      const { status, out } = await convert([file]);
      expect(status).toBe(0);
      expect(out.startsWith('\ufeff')).toBe(true);
      expect(out).not.toMatch(/[^\r]\n/);
      expect(await convert(['-', '--revert'], out)).toMatchObject({ out: xml });
    }));

  it('--nic chooses, --socket-dir places', async () => {
    const words = ['-', '--nic', '52:54:00:00:00:32', '--socket-dir', '/srv/lane/'];
    const { out, err } = await convert(words);
    expect(out.match(/type='vhostuser'/g)).toHaveLength(1);
    expect(err).toContain('from ethernet to /srv/lane/taps/1.sock\n');
    expect(err).not.toMatch(/NIC [02]/);
    const refused = await convert(['-', '--nic', '2']);
    expect(refused).toEqual({
      ...{ status: 2, out: '' },
      err: `vmlane: NIC 2 (${STAYS.mac}): ${STAYS.problem}; ${STAYS.remedy}\n`,
    });
  });

  it('--relay makes relays of VFs, and says what is to be done by hand; --revert what to give back', async () => {
    const xml = xmlOf('relays');
    const { out, err } = await convert(['-', '--relay', 'web1', '--relay', '2'], xml);
    const first = 'vmlane: relays: NIC 0 (52:54:00:00:00:71)';
    const second = 'vmlane: relays: NIC 2 (52:54:00:00:00:72)';
    const where = (vf: string) => ` (PF and number of ${vf}: vmlane sriov list)`;
    expect(err.split('\n')).toEqual([
      "vmlane: relays: NIC 1 (52:54:00:00:00:73) stays: is of type network, and a relay is onto a VF; choose one of <interface type='hostdev'>",
      `${first}: from hostdev to /run/vmlane/guests/web1/0.sock, relay web1`,
      `${second}: from hostdev to /run/vmlane/guests/2/0.sock, relay 2`,
      `${first}: step 1, by hand: shut the guest down, and define this XML`,
      `${first}: step 2, by hand: the VF gets its MAC and VLAN 100, which libvirt set so far: vmlane sriov vf PF NUMBER --mac 52:54:00:00:00:71 --vlan 100${where('0000:3b:02.1')}`,
      `${first}: step 3, by hand: the VF comes to vfio-pci: vmlane sriov bind 0000:3b:02.1; and so at each boot: vmlane sriov persist PF`,
      `${first}: step 4, by hand: the switch gets it at its next start: vmlane switch settings set relay.web1=0000:3b:02.1, and restart the switch`,
      `${second}: step 1, by hand: shut the guest down, and define this XML`,
      `${second}: step 2, by hand: the VF gets its MAC, which libvirt set so far: vmlane sriov vf PF NUMBER --mac 52:54:00:00:00:72${where('0000:3b:0a.7')}`,
      `${second}: step 3, by hand: the VF comes to vfio-pci: vmlane sriov bind 0000:3b:0a.7; and so at each boot: vmlane sriov persist PF`,
      `${second}: step 4, by hand: the switch gets it at its next start: vmlane switch settings set relay.2=0000:3b:0a.7, and restart the switch`,
      '',
    ]);
    const json = JSON.parse(
      (await convert(['-', '--relay', 'web1', '--nic', '0', '--json'], xml)).out,
    );
    expect(json.nics).toMatchObject([
      { relay: { name: 'web1', vf: '0000:3b:02.1', mac: '52:54:00:00:00:71', vlan: 100 } },
    ]);
    const again = await convert(['-', '--relay', 'web1', '--relay', '2'], out);
    expect([again.out, again.err]).toEqual([out, expect.stringContaining('nothing to change')]);
    const back = await convert(['-', '--revert'], out);
    expect(back.out).toBe(xml);
    expect(back.err).toContain(
      'vmlane: relays: relay web1 is no longer used; to give the VF back: vmlane switch settings unset relay.web1, restart the switch, and unbind its VF: vmlane sriov unbind',
    );
  });

  it('--diff prints what changes, and nothing when nothing does', async () => {
    const { out } = await convert(['-', '--diff', '--nic', '1']);
    expect(out).toMatch(/^--- taps\.xml\n\+\+\+ taps\.xml\n@@ -/);
    expect(out).toContain("\n-    <interface type='ethernet'>\n");
    expect(out).toContain("\n+    <interface type='vhostuser'>\n");
    expect(await convert(['-', '--diff'], xmlOf('nothing'))).toMatchObject({ status: 0, out: '' });
  });

  it('mends a NIC on the switch that libvirt would not start, and says so', async () => {
    const before = xmlOf('nova-vhostuser').replace(
      /<source type="unix"[^>]*>/,
      '$&<mtu size="1450"/>',
    );
    const { out, err } = await convert(['-', '--json'], before);
    const { xml, mended } = JSON.parse(out);
    expect(mended).toEqual([{ index: 0, mac: 'fa:16:3e:00:00:04', mtu: 1450 }]);
    expect(err).toContain(
      ': its MTU of 1450 is announced by QEMU (<qemu:override>) now: libvirt starts no vhost-user NIC with <mtu>\n',
    );
    expect(xml).not.toContain('<mtu');
  });

  it('--json has the XML and what became of each NIC', async () => {
    const { out } = await convert(['-', '--json']);
    const { xml, nics, ...rest } = JSON.parse(out);
    expect(rest).toEqual({ changed: true, name: 'taps', mended: [], stays: [STAYS] });
    expect(nics[0]).toEqual({
      index: 0,
      from: 'bridge',
      path: '/run/vmlane/guests/taps/0.sock',
      vf: null,
      relay: null,
      mac: '52:54:00:00:00:31',
      vlan: 42,
      network: null,
      lost: {
        problem: 'the switch is not attached to its bridge ovs0',
        remedy: 'attach it: vmlane network add ovs0 --bridge ovs0, or choose one with --network',
      },
      large_mtu: 9000,
      network_mtu: null,
      settings: { inbound: 1000 },
      dropped: ['virtualport'],
    });
    expect(nics[1]).toMatchObject({ settings: {} });
    const back = await convert(['-', '--revert', '--json'], xml);
    expect(JSON.parse(back.out)).toEqual({
      changed: true,
      name: 'taps',
      xml: XML,
      paths: nics.map(({ path }: { path: string }) => path),
      relays: [],
      notes: [],
    });
  });

  it('--network none says nothing of networks, one that is not there is refused', async () => {
    const { err, status } = await convert(['-', '--network', 'none']);
    expect(status).toBe(0);
    expect(err).not.toMatch(/attached|not known/);
    expect(await convert(['-', '--network', 'nowhere'])).toEqual({
      ...{ status: 2, out: '' },
      err: "vmlane: network nowhere: the switch has no such network; 'vmlane network list' lists its networks\n",
    });
  });

  it('moves NICs to VFs, too', async () => {
    const words = ['-', '--nic', '0', '--vf', '0000:3B:02.1'];
    const { status, out, err } = await convert(words);
    expect([status, err]).toEqual([
      0,
      'vmlane: taps: NIC 0 (52:54:00:00:00:31): from bridge to 0000:3b:02.1\n' +
        'vmlane: taps: NIC 0 (52:54:00:00:00:31): left out what a VF cannot have: virtualport, mtu, bandwidth\n',
    ]);
    expect(out).toContain("<interface type='hostdev' managed='yes'>");
    expect((await convert(['-', '--revert'], out)).out).toBe(XML);
    const pooled = await convert(['-', '--vf-pool', 'vfs', '--json']);
    expect(JSON.parse(pooled.out).nics).toMatchObject([{ vf: 'vfs', path: null }, {}]);
  });

  it.each([
    [[], 'vmlane domain convert: neither FILE nor --domain; give one of them'],
    [['-', '--domain', 'a'], 'vmlane domain convert: both FILE and --domain; give one of them'],
    [['-', '--revert', '--nic', '0'], '--nic: has no meaning with --revert; '],
    [['-', '--revert', '--socket-dir', '/a'], '--socket-dir: has no meaning with --revert; '],
    [['-', '--revert', '--network', 'a'], '--network: has no meaning with --revert; '],
    [['-', '--vf-pool', 'a', '--network', 'b'], '--network: has no meaning with --vf-pool; '],
    [['-', '--revert', '--vf-pool', 'a'], '--vf-pool: has no meaning with --revert; '],
    [
      ['-', '--vf', '0000:01:10.0', '--vf-pool', 'a'],
      '--vf-pool: has no meaning with --vf; give one of them',
    ],
    [['-', '--relay', '3', '--vf-pool', 'a'], '--relay: has no meaning with --vf-pool; give one'],
    [['-', '--relay', '3', '--socket-dir', '/a'], '--socket-dir: has no meaning with --relay; '],
    [['-', '--revert', '--relay', '3'], '--relay: has no meaning with --revert; '],
    [['-', '--relay', '3', '--network-xml', 'b'], '--network-xml: has no meaning with --relay; '],
    [['-', '--vf', '01:1.0'], '--vf 01:1.0: is no VF; give 0000:3b:02.1, or PF/NUMBER'],
    [['-', '--vf', '../0'], '--vf ../0: is no VF; '],
    [['-', '--vf', 'none0/0'], '--vf none0/0: this host has no network device none0; '],
    [['-', '--vf', 'lo/0'], '--vf lo/0: lo has no VFs; '],
    [['-', '--network-xml', '/nonexistent.xml'], '/nonexistent.xml: no such file or folder; '],
    [['-', '--network-xml', 'package.json'], 'network XML: '],
    [['-', '--revert', '--network-xml', 'a'], '--network-xml: has no meaning with --revert; '],
    [
      ['-', '--vf-pool', 'a', '--network-xml', 'b'],
      '--network-xml: has no meaning with --vf-pool; ',
    ],
    [['--domain', 'a', '--network-xml', 'b'], '--network-xml: has no meaning with --domain; leave'],
    [['-', '-'], 'vmlane domain convert: unexpected "-"; '],
    [['/nonexistent.xml'], '/nonexistent.xml: no such file or folder; '],
    [['-', '--nic', '7'], '--nic 7: there is no such NIC; '],
    [['-', '--nic'], ''],
    [['-', '--socket-dir', ''], '--socket-dir: its value is empty; '],
  ])('%j is refused in one line', async (words, message) => {
    const { status, out, err } = await convert(words);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^vmlane[^\n]+; [^\n]+\n$/);
    expect(err).toContain(message);
  });
});

/** A network whose portgroup has limits, as libvirt's test driver takes it. */
const NETWORK = `<network><name>lab</name><forward mode='bridge'/><bridge name='br0'/>
  <portgroup name='slow'><bandwidth><inbound average='1000'/></bandwidth></portgroup></network>`;
const IN_GROUP = XML.replace(/<interface type=(.)bridge\1>[\s\S]*?<\/interface>/, (text) =>
  text
    .replace(/type=(.)bridge\1/, "type='network'")
    .replace(/<source [^>]*>/, "<source network='lab' portgroup='slow'/>")
    .replace(/<(virtualport|bandwidth|vlan)[\s\S]*?<\/\1>/g, ''),
);

it('a portgroup gives what the definition of its network says', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'lab.xml');
    await writeFile(file, NETWORK);
    const { err } = await convert(['-'], IN_GROUP);
    expect(err).toContain('stays: is in the portgroup "slow" of its network');
    const { out } = await convert(['-', '--network-xml', file, '--json'], IN_GROUP);
    expect(JSON.parse(out).nics[0]).toMatchObject({ from: 'network', settings: { inbound: 1000 } });
  }));

describe('domain convert --domain', () => {
  // libvirt's test driver: what is defined lives as long as a connection to it.
  let libvirt: Libvirt;
  beforeEach(async () => {
    libvirt = await connect('test:///default');
    await libvirt.define(XML);
  });
  afterEach(async () => {
    await libvirt.undefine('taps');
    await libvirt.close();
  });
  const there = ['--domain', 'taps', '--connect', 'test:///default'];

  it('reads the definition and leaves it alone; define takes what it prints', async () => {
    const before = await libvirt.definition('taps');
    const { out } = await vmlane(['domain', 'convert', ...there]);
    expect(await libvirt.definition('taps')).toBe(before);
    await libvirt.define(out);
    const back = await vmlane(['domain', 'convert', ...there, '--revert']);
    expect(back.status).toBe(0);
    await libvirt.define(back.out);
    expect(await libvirt.definition('taps')).toBe(before);
  });

  it("asks libvirt what its NICs' networks give them", async () => {
    await libvirt.define(IN_GROUP);
    // The test driver has a network `default`, and none of this name.
    expect((await vmlane(['domain', 'convert', ...there])).err).toContain(
      'in the portgroup "slow"',
    );
    await libvirt.define(IN_GROUP.replace("network='lab'", "network='default'"));
    expect((await vmlane(['domain', 'convert', ...there])).err).toContain(
      'in the portgroup "slow", which its network default does not have',
    );
  });

  it('says which domain is not there', async () => {
    const ran = await vmlane(['domain', 'convert', ...there.with(1, 'nobody')]);
    expect(ran).toMatchObject({ status: 2, out: '', err: expect.stringContaining('nobody') });
  });
});
