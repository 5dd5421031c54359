import { expect, test } from 'vitest';
import { parts } from './parts.js';
import { guest, missing, succeed } from './use-testbed.js';

const MAC = '52:54:00:00:00:11';
const IN_USE = 'in use by process N (python3); end it: kill N';
const three = (second: string) => [
  'sriov list --json: 0',
  '  0 0000:01:10.0 igbvf random 0 free',
  `  1 0000:01:10.2 ${second}`,
  '  2 0000:01:10.4 igbvf random 0 free',
];
const stuck =
  'sriov set eth0 2 --timeout 2: 1: eth0: the kernel does not come back from writing 0 to /sys/bus/pci/devices/0000:01:00.0/sriov_numvfs; process N waits for it';

test.skipIf(missing)(
  'vmlane sriov with a real card: its own words, command by command',
  async () => {
    const args = [guest('vmlane-sriov.mjs')];
    // It has a ping of its own.
    const env = { BUSYBOX: `${parts}/boot/busybox` };
    const { output } = await succeed({ script: process.execPath, args, env, timeoutMs: 900_000 });
    expect(output.split('\n')).toEqual([
      'sriov set eth0 8: 2: eth0: it can have 7 VFs, not 8; give 0 to 7',
      'sriov set eth0 4: 0: eth0: 4 VFs',
      'sriov list --json: 0',
      '  0 0000:01:10.0 igbvf random 0 free',
      '  1 0000:01:10.2 igbvf random 0 free',
      '  2 0000:01:10.4 igbvf random 0 free',
      '  3 0000:01:10.6 igbvf random 0 free',
      'sriov set 0000:01:00.0 4: 0: eth0: has 4 VFs already',
      'sriov set eth0 3: 0: eth0: 3 VFs; MACs, VLANs and drivers of VFs are new',
      'sriov plan eth0 --json: 0: kernels without sriov_numvfs: modprobe igb max_vfs=3',
      '  0000:01:10.0 as planned, 0000:01:10.2 as planned, 0000:01:10.4 as planned',

      `sriov vf eth0 1 --mac ${MAC} --vlan 100 --qos 3: 0: eth0 VF 1: set mac, vlan`,
      `sriov vf eth0 1 --mac ${MAC} --vlan 100: 0: eth0 VF 1: unchanged`,
      `sriov vf eth0 2 --mac ${MAC}: 2: --mac ${MAC}: it is that of VF 1 of eth0; give another`,
      'sriov vf eth0 1 --trust on --spoofchk off: 0: eth0 VF 1: set trust, spoofchk',
      "sriov vf eth0 1 --mac 52:54:00:00:00:99 --rate 5000: 1: eth0 VF 1: rate is refused: Invalid argument (all is as before); give no more than the link's speed; the PF's link must be up",
      'sriov vf eth0 1 --json: 0',
      `  {"pf":"0000:01:00.0","vf":1,"address":"0000:01:10.2","mac":"${MAC}","vlan":100,"qos":3,"trust":true,"spoofchk":false,"rate":0,"state":"auto"}`,

      'sriov passthrough-ready eth0/1: 1: VF 1 (0000:01:10.2): not ready, 1 to do',
      'sriov bind eth0/1: 0: 0000:01:10.2: with vfio-pci',
      'sriov bind eth0/1: 0: all are with vfio-pci already',
      'sriov passthrough-ready eth0/1: 0: VF 1 (0000:01:10.2): ready',
      ...three(`vfio-pci ${MAC} 100 free`),
      'domain generate /tmp/nf1.yaml: 0',
      '  hostdev 0000:01:10.2, bound 0000:01:10.2',
      expect.stringMatching(
        /^sriov persist eth0 --unchecked: 0: .* \| eth0: 3 VFs come back after/,
      ),

      ...three(`vfio-pci ${MAC} 100 process N (python3)`),
      `sriov set eth0 0: 1: eth0: VF 1 (0000:01:10.2) is ${IN_USE}`,
      `sriov unbind eth0/1: 1: 0000:01:10.2: it is ${IN_USE}`,
      'sriov passthrough-ready eth0/1: 1: VF 1 (0000:01:10.2): not ready, 1 to do',
      '  3 VFs',

      'sriov unbind eth0/1: 0: 0000:01:10.2: with igbvf',
      'sriov unbind eth0/1: 0: none of them is with vfio-pci',
      'sriov vf eth0 2 --mac 52:54:00:00:00:22 --vlan 200: 0: eth0 VF 2: set mac, vlan',
      'sriov bind eth0/2: 0: 0000:01:10.4: with vfio-pci',
      'sriov unbind eth0/2: 0: 0000:01:10.4: with igbvf',
      '  10.0.0.2 lladdr 52:54:00:00:00:22 in VLAN 200',
      'sriov set eth0 2: 1: eth0: VF 2 (0000:01:10.4) is in use by network namespace blue, as eth3; take its interface out of there',
      'sriov set eth0 0: 0: eth0: 0 VFs',

      `sriov restore /etc/vmlane/sriov/0000:01:00.0.json: 0: eth0: 3 VFs | eth0 VF 1: set mac, vlan, trust, spoofchk | eth0: VF 1 (0000:01:10.2) with vfio-pci`,
      ...three(`vfio-pci ${MAC} 100 free`),
      'sriov restore /etc/vmlane/sriov/0000:01:00.0.json: 0',
      expect.stringMatching(
        /^sriov persist eth0 --remove: 0: .* \| eth0: nothing comes back after/,
      ),

      'stuck: stuck',
      'sriov list: 0',
      expect.stringContaining(stuck),
      'let go: 0 VFs',
    ]);
  },
);
