import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { loadBinding } from '../../src/libvirt/binding.js';
import { Connection } from '../../src/libvirt/connection.js';
import { connect } from '../../src/libvirt/index.js';
import { domainState } from '../../src/libvirt/state.js';
import { packageRoot } from '../../src/switch/paths.js';
import { Failed } from '../../src/values/errors.js';

function nativeIsLoaded(): boolean {
  return readFileSync('/proc/self/maps', 'utf8').includes('libvirt.node');
}

// First in its file: a module stays loaded.
test('the native module is loaded by the first connection, not before', async () => {
  expect(nativeIsLoaded()).toBe(false);
  const libvirt = await connect('test:///default');
  expect(nativeIsLoaded()).toBe(true);
  await libvirt.close();
});

test.each([
  ['not installed', "Cannot find package '@unraid/libvirt' imported from /x.js"],
  ['not built', "Cannot find module '../build/Release/libvirt'\nRequire stack:\n- /x.js"],
  [
    'without the library',
    'libvirt.so.0: cannot open shared object file: No such file or directory',
  ],
])('bindings that are %s are one clear line', async (_, message) => {
  class Hypervisor {
    constructor() {
      throw new Error(message);
    }
  }
  const load = vi.fn(async () => ({ Hypervisor: Hypervisor as never }));
  const found = await loadBinding('test:///default', load).catch((error: unknown) => error);
  expect(found).toBeInstanceOf(Failed);
  expect(found).toHaveProperty(
    'message',
    `@unraid/libvirt: the libvirt bindings do not load: ${message.split('\n')[0]}; run 'npm run setup' in ${packageRoot()}`,
  );
});

test('bindings that cannot be imported are the same', async () => {
  const found = loadBinding('test:///default', () => Promise.reject(new Error('gone')));
  await expect(found).rejects.toThrow('the libvirt bindings do not load: gone; run');
});

test('a domain that goes while the list is read is left out, another error is told', async () => {
  const binding = await loadBinding('test:///default');
  await binding.connectOpen();
  const libvirt = new Connection('test:///default', binding);
  const real = await binding.connectListAllDomains();
  binding.connectListAllDomains = async () => [...real, ...real, ...real];
  const info = vi.spyOn(binding, 'domainGetInfo');
  info.mockRejectedValueOnce(new Error("Domain not found: no domain with matching uuid '1' (a)"));
  expect(await libvirt.list()).toHaveLength(2);
  info.mockRejectedValueOnce(new Error('End of file while reading data: Input/output error'));
  await expect(libvirt.list()).rejects.toThrow(
    'test:///default: End of file while reading data: Input/output error; check that the host',
  );
  await libvirt.close();
});

test('close reaches libvirt once', async () => {
  const binding = await loadBinding('test:///default');
  await binding.connectOpen();
  const close = vi.spyOn(binding, 'connectClose');
  const libvirt = new Connection('test:///default', binding);
  await Promise.all([libvirt.close(), libvirt.close()]);
  await libvirt.close();
  expect(close).toHaveBeenCalledTimes(1);
});

test('states have the names that virsh gives them', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map(domainState)).toEqual([
    'no state',
    'running',
    'idle',
    'paused',
    'in shutdown',
    'shut off',
    'crashed',
    'pmsuspended',
    'no state',
  ]);
});

test('close waits for a call that is under way', async () => {
  const binding = await loadBinding('test:///default');
  await binding.connectOpen();
  const order: string[] = [];
  const { promise, release } = gate();
  const info = binding.domainGetInfo.bind(binding);
  const close = binding.connectClose.bind(binding);
  binding.domainGetInfo = async (domain) => {
    await promise;
    order.push('state');
    return info(domain);
  };
  binding.connectClose = async () => {
    order.push('close');
    await close();
  };
  const libvirt = new Connection('test:///default', binding);
  const state = libvirt.state('test');
  const closing = libvirt.close();
  setTimeout(release, 50);
  expect(await state).toBe('running');
  await closing;
  expect(order).toEqual(['state', 'close']);
});

function gate(): { promise: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}

test('a list with all XML asks libvirt once for each guest and its XML, and looks up none by name', async () => {
  const binding = await loadBinding('test:///default');
  await binding.connectOpen();
  const libvirt = new Connection('test:///default', binding);
  const guest = (n: number) =>
    `<domain type='test'><name>g${n}</name><memory>1024</memory><os><type>hvm</type></os></domain>`;
  for (let n = 0; n < 70; n++) await libvirt.define(guest(n));
  const lists = vi.spyOn(binding, 'connectListAllDomains');
  const lookups = vi.spyOn(binding, 'domainLookupByName');
  const infos = vi.spyOn(binding, 'domainGetInfo');
  const texts = vi.spyOn(binding, 'domainGetXMLDesc');
  const listed = await libvirt.listXml(({ name }) =>
    name === 'test' ? ['xml', 'definition'] : ['xml'],
  );
  expect(listed).toHaveLength(71);
  expect(listed.map(({ info }) => info)).toEqual(await libvirt.list());
  for (const { info, xml, definition } of listed) {
    expect(xml).toBe(await libvirt.xml(info.name));
    expect(definition).toBe(info.name === 'test' ? await libvirt.definition('test') : undefined);
    if (info.name !== 'test') await libvirt.undefine(info.name);
  }
  // Counted with those that this test made itself.
  expect(lists.mock.calls.length).toBe(3 + 3 + 1);
  expect(infos.mock.calls.length).toBe(2 * 71);
  expect(texts.mock.calls.length).toBe(2 * (71 + 1));
  expect(lookups.mock.calls.length).toBe(71 + 1 + 70);
  await libvirt.close();
});
