/** A spec's NIC of a relay has the MAC of its VF, as the switch's settings and the PF have it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSpec } from '../../src/guests/index.js';
import { identitiesByName } from '../../src/spec/index.js';
import { vmlane } from '../cli/test-io.js';
import { inTree } from '../sriov/tree.js';

const spec = (relay: string, mac = '') =>
  `name: web\nmemory: 1GiB\nboot: {kernel: /boot/vmlinuz}\ninterfaces: [{type: relay, relay: '${relay}'${mac}}]\n`;

/** Static relays: of a VF with a MAC, one without, a bond of both, and no VF. */
const RELAYS = `relay:
  3: "0000:02:10.1"
  4: "0000:02:10.0"
  5: "bond:mode=1,members=0000:02:10.3+0000:02:10.2"
  6: net_ring6
`;

function put(root: string): void {
  mkdirSync(join(root, 'etc/vmlane'), { recursive: true });
  writeFileSync(join(root, 'etc/vmlane/switch.yaml'), RELAYS);
  // The first member of the bond, VF 1 of ens2f1, has one, too.
  const file = join(root, 'ip-link.json');
  const links = JSON.parse(readFileSync(file, 'utf8'));
  links[1].vfinfo_list[1].address = '52:54:00:99:00:02';
  writeFileSync(file, JSON.stringify(links));
}

const usual = identitiesByName.mac('web', 0);

test.each([
  ['a VF', '3', '', '52:54:00:99:00:01'],
  ['a VF without a MAC', '4', '', usual],
  ['a bond', '5', '', '52:54:00:99:00:02'],
  ['no VF', '6', '', usual],
  ['nobody', '7', '', usual],
  ['a VF, but the spec says it', '3', ', mac: 52:54:00:00:00:07', '52:54:00:00:00:07'],
])('of %s', (_what, relay, mac, expected) =>
  inTree('82599', async (root) => {
    put(root);
    const guest = await readSpec(spec(relay, mac), 'web.yaml', { root });
    expect(guest.interfaces).toMatchObject([{ relay, mac: expected }]);
  }),
);

test('of another host’s VF is not known', async () => {
  await expect(readSpec(spec('3'), 'web.yaml', { uri: 'qemu+ssh://far/system' })).rejects.toThrow(
    "web.yaml: interfaces[0].mac: is that of the relay's VF, and qemu+ssh://far/system is another host; give it",
  );
});

test('domain validate finds it right', () =>
  inTree('82599', async (root) => {
    put(root);
    writeFileSync(join(root, 'web.yaml'), spec('3'));
    const words = ['domain', 'validate', join(root, 'web.yaml'), '--root', root, '--json'];
    const { out } = await vmlane(words);
    const rules = JSON.parse(out).map(({ rule }: { rule: string }) => rule);
    expect(rules).not.toContain('relay-mac');
    expect(rules).not.toContain('input');
  }));
