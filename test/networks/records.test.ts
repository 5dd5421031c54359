import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { INTERFACES, type InterfaceRecord, interfaceRecords } from '../../src/networks/records.js';
import { inFolder } from '../switch/folder.js';

const RECORD: InterfaceRecord = {
  name: 'host0',
  port: 'host0',
  control_socket: '/run/vmlane/switch.sock',
  mac: '02:00:00:00:00:01',
  mtu: 1500,
  addresses: ['192.0.2.1/24'],
  settings: { vlan: 7, mac: null },
};

it('are written, read and removed', () =>
  inFolder(async (root) => {
    expect(interfaceRecords.all(root)).toEqual([]);
    const second = { ...RECORD, name: 'lan0', port: 'lan0', bridge: 'br0' };
    interfaceRecords.write(second, root);
    interfaceRecords.write(RECORD, root);
    interfaceRecords.write({ ...RECORD, mtu: 1400 }, root);
    expect(interfaceRecords.all(root)).toEqual([{ ...RECORD, mtu: 1400 }, second]);
    interfaceRecords.remove('host0', root);
    interfaceRecords.remove('host0', root);
    expect(interfaceRecords.all(root)).toEqual([second]);
    expect(readdirSync(join(root, INTERFACES))).toEqual(['lan0.json']);
  }));

const text = (record: object) => JSON.stringify({ version: 1, ...RECORD, ...record });

it.each([
  ['{', 'is not JSON'],
  [text({ version: 2 }), 'version: '],
  [text({ name: '../x' }), 'name: '],
  [text({ port: 'a b' }), 'port: '],
  [text({ mac: 'x' }), 'mac: '],
  [text({ mtu: 1 }), 'mtu: '],
  [text({ addresses: ['192.0.2.1; rm -rf /'] }), 'addresses.0: '],
  [text({ bridge: '-x' }), 'bridge: '],
  [text({ control_socket: 'x' }), 'control_socket: '],
  [text({ more: 1 }), 'Unrecognized key'],
  [text({ settings: { vlan: [] } }), 'settings.vlan: '],
  [text({ name: 'other0' }), 'is of another one, other0'],
])('%s is refused', (content, problem) =>
  inFolder(async (root) => {
    mkdirSync(join(root, INTERFACES), { recursive: true });
    writeFileSync(join(root, INTERFACES, 'host0.json'), content);
    expect(() => interfaceRecords.all(root)).toThrow(problem);
  }),
);

it('one that others may write, or that leads elsewhere, is not believed', () =>
  inFolder(async (root) => {
    interfaceRecords.write(RECORD, root);
    const file = join(root, INTERFACES, 'host0.json');
    chmodSync(file, 0o666);
    expect(() => interfaceRecords.all(root)).toThrow('is not a file that only root may write');
    chmodSync(file, 0o644);
    symlinkSync(file, join(root, INTERFACES, 'link.json'));
    expect(() => interfaceRecords.all(root)).toThrow('link.json: is not a file');
  }));
