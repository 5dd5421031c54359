import { expect, it } from 'vitest';
import { vmlane } from './test-io.js';

it.each([
  [
    '',
    "vmlane: a command is missing (domain, switch, network, relay, doctor, metrics, sriov, wrap, hook, host); see 'vmlane --help'",
  ],
  ['swich', `vmlane: unknown command "swich"; did you mean 'vmlane switch'?`],
  ['bogus', `vmlane: unknown command "bogus"; see 'vmlane --help'`],
  ['--verbose', "vmlane: unknown option --verbose; see 'vmlane --help'"],
  ['--versoin', 'vmlane: unknown option --versoin; did you mean --version?'],
  ['-x', "vmlane: unknown option -x; see 'vmlane --help'"],
  ['swich --help', `vmlane: unknown command "swich"; did you mean 'vmlane switch'?`],
  ['swich -h', `vmlane: unknown command "swich"; did you mean 'vmlane switch'?`],
  ['help swich', `vmlane: unknown command "swich"; did you mean 'vmlane switch'?`],
  ['switch prots --help', `vmlane switch: unknown command "prots"; did you mean 'vmlane switch p`],
  [
    'switch mirror a',
    'vmlane switch mirror: it is not clear what is to be done; give one of --file,',
  ],
  ['switch add --from a --path /b', '--from: has no meaning with --path; name ports in the file'],
  ['switch add a --from b', '--from: has no meaning with a; name ports in the file'],
  [
    'switch',
    'a command is missing (start, stop, ports, show, fdb, stats, top, watch, info, set, settings, add, trace, mirror, remove); see ',
  ],
  ['switch prots', `vmlane switch: unknown command "prots"; did you mean 'vmlane switch ports'?`],
  // The command is what is wrong, not an option that it would have had.
  ['switch prots --jsn', `vmlane switch: unknown command "prots"; did you mean`],
  ['switch ports --jsn', 'vmlane switch ports: unknown option --jsn; did you mean --json?'],
  ['switch ports --jsn=1', 'vmlane switch ports: unknown option --jsn; did you mean --json?'],
  ['switch ports --no-json', 'vmlane switch ports: unknown option --no-json; '],
  ['switch ports -x', 'vmlane switch ports: unknown option -x; see'],
  ['switch ports all', 'vmlane switch ports: unexpected "all"; see'],
  ['switch ports -- all', 'vmlane switch ports: takes nothing after --; see'],
  ['switch fdb --port', 'vmlane switch fdb: --port needs a value; see'],
  ['switch fdb --port=', 'vmlane switch fdb: --port: its value is empty; give it once, with a'],
  ['switch fdb --port a --port b', 'vmlane switch fdb: --port: given more than once; give it once'],
  ['switch fdb --vlan 4095', '--vlan: "4095" is not a whole number from 0 to 4094; give'],
  ['switch fdb --vlan -1', '--vlan: "-1" is not a whole number from 0 to 4094; give'],
  ['switch fdb --vlan 1e2', '--vlan: "1e2" is not a whole number from 0 to 4094; give'],
  ['switch start --cpus 1x', '--cpus: "1x" is not a list of different whole numbers from 0'],
  ['switch start --cpus 3-1', '--cpus: "3-1" is not a list'],
  ['switch start --cpus 2,2', '--cpus: "2,2" is not a list'],
  ['switch start --cpus 0-4096', '--cpus: "0-4096" is not a list'],
  ['switch start --memory 1', '--memory: "1" is not a whole number from 64 to 1048576; give'],
  [
    'switch add web1.0',
    'vmlane switch add: neither --path, --host, --nic nor --device is given; see',
  ],
  [
    'switch add a --path /run/a,b.sock --virtio-user',
    '/run/a,b.sock: "," cannot stand in a --vdev of DPDK; give a path of A-Z a-z 0-9 _ . / : + @ % -',
  ],
  ['switch add a --host --virtio-user', '--virtio-user: has no meaning with --host; see'],
  ['switch add a --nic eth0 --virtio-user', '--virtio-user: has no meaning with --nic; see'],
  [
    'switch add a --device net_ring0 --virtio-user',
    '--virtio-user: has no meaning with --device; see',
  ],
  ['switch add --from a --virtio-user', '--from: has no meaning with --virtio-user; name ports'],
  ['switch add --path /run/a.sock', 'vmlane switch add: NAME is missing; see'],
  ['switch add a --path /a --listener dial', '--listener: "dial" is not one of qemu, switch; give'],
  ['switch add a --path /a --vlan 4095', '--vlan: "4095" is not a whole number from 0 to 4094'],
  ['switch remove', 'vmlane switch remove: NAME is missing; see'],
  ['switch set a --ageing 60', '--ageing: is a setting of the whole switch; leave PORT out, or'],
  ['switch set --vlan 5', '--vlan: is a setting of a port; name the port: vmlane switch set PORT'],
  [
    'switch set a --queue 1',
    '--queue: says for which queue pair a processor is, and none is given',
  ],
  [
    'switch set a --queue 128 --lcore 0',
    '--queue: "128" is not a whole number from 0 to 127; give',
  ],
  ['switch set a --lcore x', '--lcore: "x" is not a whole number from -1 to 127; give'],
  ['switch set --rx-retry 2', '--rx-retry: "2" is not a whole number from 0 to 1; give'],
  ['switch mirror', 'vmlane switch mirror: NAME is missing; see'],
  ['switch settings chng', 'vmlane switch settings: "chng" is none of show, set, unset; see'],
  [
    'switch settings unst',
    `"unst" is none of show, set, unset; did you mean 'vmlane switch settings`,
  ],
  ['switch settings show all', 'vmlane switch settings: unexpected "all"; see'],
  ['switch settings set', 'vmlane switch settings: set of what? No name is given; see'],
  ['switch settings set cpus', 'vmlane switch settings: "cpus" has no value; write cpus=VALUE, or'],
  ['switch settings set cpus=1 cpus=2', 'cpus is given more than once; give it once'],
  ['switch settings set cpsu=1 --dry-run', 'cpsu: there is no such setting; did you mean "cpus"?'],
  [
    'switch settings --control-socket /a.sock',
    '/a.sock: no settings file holds for this switch; name',
  ],
  [
    'switch start --settings /nonexistent/a.yaml',
    '/nonexistent/a.yaml: no such file or folder; check',
  ],
  [
    'switch start --settings /a --no-settings',
    '--settings: is given with --no-settings; leave one',
  ],
  [
    'relay',
    'a command is missing (add, list, stats, query, add-socket, remove-socket, remove, port-',
  ],
  ['relay ad 3', `vmlane relay: unknown command "ad"; did you mean 'vmlane relay add'?`],
  ['relay add', 'vmlane relay add: NAME is missing; see'],
  ['relay add 3 4', 'vmlane relay add: unexpected "4"; see'],
  ['relay add 3', 'vmlane relay add: --device or --pci-addr is missing; see'],
  ['relay port-control', 'vmlane relay port-control: OP is missing; see'],
  ['relay import', 'vmlane relay import: FILE is missing; see'],
  ['relay import a b', 'vmlane relay import: unexpected "b"; see'],
  ['domain generate', 'vmlane domain generate: FILE is missing; see'],
  ['domain generate a.yaml b.yaml', 'vmlane domain generate: unexpected "b.yaml"; see'],
  ['domain start', 'vmlane domain start: NAME is missing; see'],
  ['wrap explain', 'vmlane wrap explain: no arguments to explain; give'],
  ['wrap explain --', 'vmlane wrap explain: no arguments to explain; give'],
  ['wrap explain -m 1G', 'vmlane wrap explain: unknown option -m; see'],
])('vmlane %s', async (line, message) => {
  const { status, out, err } = await vmlane(line.split(' ').filter(Boolean));
  expect(err).toContain(message);
  expect(err).toMatch(/^vmlane[^\n]*\n$/);
  expect([status, out]).toEqual([2, '']);
});
