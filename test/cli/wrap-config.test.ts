import { expect, it } from 'vitest';
import { connect } from '../../src/libvirt/index.js';
import { settingsFolder } from '../wrap/settings/folder.js';
import { vmlane } from './test-io.js';

const FILES = {
  'wrap.yaml': `
emulator: /opt/qemu/bin/qemu-system-{arch}
memory: /dev/hugepages
options: ["-cpu", "host"]
guests:
  web1:
    nics: [{mac: "52:54:00:12:34:56"}]
`,
  'wrap.d/50-site.yaml': 'log: /var/log/vmlane/wrap.log\n',
};

async function config(...words: string[]) {
  const folder = settingsFolder(FILES);
  const env = { VMLANE_SETTINGS: folder, VMLANE_SWITCH: '/run/lane2/switch.sock' };
  const { status, out, err } = await vmlane(['wrap', 'config', ...words], { env });
  expect([status, err]).toEqual([0, '']);
  return out.replaceAll(folder, '/etc/vmlane');
}

it('shows every setting, its value and its origin, for a person', async () => {
  await expect(await config()).toMatchFileSnapshot('../data/wrap/config.txt');
});

it('shows those of one guest', async () => {
  await expect(await config('--guest', 'web1')).toMatchFileSnapshot(
    '../data/wrap/config-guest.txt',
  );
});

it('--json has values as a file has them, null for what is not set', async () => {
  const out = await config('--json', '--guest', 'web1');
  await expect(out).toMatchFileSnapshot('../data/wrap/config.json');
  const { settings } = JSON.parse(out);
  expect(settings).toContainEqual({
    key: 'nics',
    value: [{ mac: '52:54:00:12:34:56' }],
    source: '/etc/vmlane/wrap.yaml: guests.web1',
  });
});

it('a bad file is invalid input', async () => {
  const folder = settingsFolder({ 'wrap.yaml': 'nisc: vhost' });
  const ran = await vmlane(['wrap', 'config'], { env: { VMLANE_SETTINGS: folder } });
  expect(ran).toEqual({
    status: 2,
    out: '',
    err: `vmlane: ${folder}/wrap.yaml: unknown key "nisc"; did you mean "nics"?\n`,
  });
});

it('--connect asks libvirt for the UUID', async () => {
  const libvirt = await connect('test:///default');
  const uuid = 'F0000000-0000-4000-8000-000000000003';
  const xml = `<domain type='test'><name>web9</name><uuid>${uuid}</uuid><memory>65536</memory><os><type>hvm</type></os></domain>`;
  await libvirt.define(xml);
  const folder = settingsFolder({ 'wrap.yaml': `guests: {${uuid}: {switch: /by/uuid}}` });
  const env = { VMLANE_SETTINGS: folder, VMLANE_SWITCH: '/of/this/shell' };
  const words = ['wrap', 'config', '--guest', 'web9', '--connect', 'test:///default'];
  const { out, err } = await vmlane(words, { env });
  expect(err).toBe('');
  expect(out).toMatch(new RegExp(`^switch +/by/uuid +${folder}/wrap.yaml: guests.${uuid}$`, 'm'));
  await libvirt.undefine('web9');
  await libvirt.close();
  expect((await vmlane(['wrap', 'config', '--connect', 'test:///default'])).err).toBe(
    'vmlane wrap config: --connect is given without a guest; name one with --guest\n',
  );
});
