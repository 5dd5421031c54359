import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connect, isNoSuchDomain, type Libvirt } from '../../src/libvirt/index.js';
import { Failed, InvalidInput, type VmlaneError } from '../../src/values/errors.js';
import { isHere } from './here.js';

// libvirt's own test driver: real bindings, real library, no daemon. It has one running domain, "test".
// What is defined lives as long as a connection to it.
let libvirt: Libvirt;
beforeEach(async () => {
  libvirt = await connect('test:///default');
});
afterEach(() => libvirt.close());

function xml(name: string, uuid = 'f0000000-0000-4000-8000-000000000001'): string {
  return `<domain type='test'><name>${name}</name><uuid>${uuid}</uuid><memory unit='MiB'>64</memory>
    <os><type>hvm</type></os></domain>`;
}

async function error(of: Promise<unknown>): Promise<VmlaneError> {
  const outcome = await of.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (outcome instanceof Failed || outcome instanceof InvalidInput) return outcome;
  throw new Error(`expected one of our errors, got ${String(outcome)}`);
}

describe('the life of a domain', () => {
  test('define, start, destroy, undefine', async () => {
    await libvirt.define(xml('web1'));
    expect(await libvirt.state('web1')).toBe('shut off');
    expect(await libvirt.xml('web1')).toContain('<name>web1</name>');
    expect(await libvirt.list()).toMatchObject([
      { name: 'test', state: 'running' },
      {
        ...{ name: 'web1', state: 'shut off', uuid: 'f0000000-0000-4000-8000-000000000001' },
        ...{ persistent: true, autostart: false, vcpus: 1, memory: 64 * 1024 * 1024 },
      },
    ]);
    await libvirt.start('web1');
    expect(await libvirt.state('web1')).toBe('running');
    await libvirt.destroy('web1');
    expect(await libvirt.state('web1')).toBe('shut off');
    await libvirt.undefine('web1');
    expect((await libvirt.list()).map(({ name }) => name)).toEqual(['test']);
  });

  test('shutdown asks the guest; a transient one is gone then', async () => {
    await libvirt.define(xml('web1'));
    await libvirt.start('web1');
    await libvirt.undefine('web1');
    expect(await libvirt.list()).toMatchObject([{}, { name: 'web1', persistent: false }]);
    await libvirt.shutdown('web1');
    expect(isNoSuchDomain(await error(libvirt.state('web1')))).toBe(true);
    expect(isNoSuchDomain(await error(libvirt.state('')))).toBe(false);
  });

  test('defining again replaces', async () => {
    await libvirt.define(xml('web1'));
    await libvirt.define(xml('web1').replace('64', '128'));
    expect(await libvirt.xml('web1')).toContain('>131072<');
    await libvirt.undefine('web1');
  });
});

describe('autostart', () => {
  // virsh has a test driver of its own, whose guest "test" has the same UUID as ours.
  test.each([true, false])('%s of a guest goes to virsh, by UUID', async (on) => {
    await libvirt.autostart('test', on);
    await libvirt.define(xml('web1'));
    const { trouble } = (await error(libvirt.autostart('web1', on))) as Failed;
    expect(trouble).toMatchObject({
      ...{ thing: 'domain web1', problem: expect.stringContaining('f0000000-') },
    });
    await libvirt.undefine('web1');
  });

  test('of a transient guest is refused before virsh is asked', async () => {
    await libvirt.define(xml('web1'));
    await libvirt.start('web1');
    await libvirt.undefine('web1');
    expect((await error(libvirt.autostart('web1', true))).message).toBe(
      'domain web1: it is transient: it has no definition and is gone when it stops; define it first',
    );
    await libvirt.destroy('web1');
  });

  test('of nobody, too', async () => {
    const found = await error(libvirt.autostart('nobody', true));
    expect(found.message).toMatch(/^domain nobody: Domain not found; /);
  });
});

describe('what libvirt refuses', () => {
  test.each(['start', 'state', 'xml', 'shutdown', 'destroy', 'undefine'] as const)(
    '%s of a domain that is not there',
    async (act) => {
      const found = await error(libvirt[act]('nobody'));
      expect(found).toBeInstanceOf(InvalidInput);
      expect(found.message).toBe(
        "domain nobody: Domain not found; 'virsh list --all' shows which domains there are",
      );
    },
  );

  test.each([
    ['', 'domain : the name is empty or holds a NUL; give the name of a domain'],
    ['test\0x', 'domain test x: the name is empty or holds a NUL; give the name of a domain'],
  ])('the name %j', async (name, message) => {
    const found = await error(libvirt.state(name));
    expect(found).toBeInstanceOf(InvalidInput);
    expect(found.message).toBe(message);
  });

  // As 9.0 and 11.3 have it.
  const BROKEN_AT = isHere([11, 0]) ? 'at line 1' : '(domain_definition):1';
  const CORRECT = 'correct the domain XML; virt-xml-validate may say more';
  test.each([
    [
      'XML without an operating system',
      "<domain type='test'><name>a</name><memory>1</memory></domain>",
      'XML error: an os <type> must be specified',
    ],
    [
      'XML that breaks off',
      '<domain',
      `${BROKEN_AT}: Couldn't find end of Start Tag domain line 1 <domain`,
    ],
    [
      'what is no domain',
      '<network/>',
      "XML error: expecting root element of 'domain', not 'network'",
    ],
  ])('%s', async (_, text, problem) => {
    const found = await error(libvirt.define(text));
    expect(found).toBeInstanceOf(InvalidInput);
    expect(found.trouble.problem).toContain(problem);
    expect(found.message.split('\n')).toHaveLength(1);
    expect(found.trouble).toMatchObject({
      thing: 'domain XML for test:///default',
      remedy: CORRECT,
    });
  });

  test('another UUID under a name that is taken', async () => {
    await libvirt.define(xml('web1'));
    const found = await error(libvirt.define(xml('web1', 'f0000000-0000-4000-8000-000000000002')));
    expect(found).toBeInstanceOf(Failed);
    expect(found.message).toBe(
      "domain XML for test:///default: operation failed: domain 'web1' already exists with uuid f0000000-0000-4000-8000-000000000001; undefine that domain first, or give this one its UUID",
    );
    await libvirt.undefine('web1');
  });

  test('starting what runs, stopping what does not', async () => {
    expect((await error(libvirt.start('test'))).message).toBe(
      "domain test: internal error: Domain 'test' is already running; destroy it first if it must start afresh",
    );
    await libvirt.define(xml('web1'));
    expect((await error(libvirt.destroy('web1'))).message).toBe(
      'domain web1: Requested operation is not valid: domain is not running; there is nothing to stop; start it if it should run',
    );
    await libvirt.undefine('web1');
  });
});

describe('connecting', () => {
  test('nobody at the socket: the socket is named', async () => {
    const found = await error(connect('qemu+unix:///system?socket=/nonexistent/libvirt-sock'));
    expect(found).toBeInstanceOf(Failed);
    expect(found.message).toBe(
      "qemu+unix:///system?socket=/nonexistent/libvirt-sock: Failed to connect socket to '/nonexistent/libvirt-sock': No such file or directory; start libvirtd, or name its socket in the URI: qemu+unix:///system?socket=/run/libvirt/libvirt-sock",
    );
  });

  test.each([
    ['web1', 'no connection driver available for URI'],
    ['', 'is empty or holds a NUL'],
    ['test:///default\0', 'is empty or holds a NUL'],
    ['qemu://[::1/system', 'parse URI'],
    ['qemu+carrier-pigeon:///system', 'transport in URL not recognised'],
  ])('%j is not a URI of libvirt', async (uri, problem) => {
    const found = await error(connect(uri));
    expect(found.trouble.problem).toContain(problem);
    expect(found).toBeInstanceOf(InvalidInput);
  });
});

describe('closing', () => {
  test('twice and at once is closing once', async () => {
    const other = await connect('test:///default');
    await Promise.all([other.close(), other.close()]);
    await other.close();
  });

  test('calls under way are finished, later ones refused', async () => {
    const other = await connect('test:///default');
    const states = Array.from({ length: 20 }, () => other.list());
    await other.close();
    for (const list of await Promise.all(states)) expect(list[0]?.name).toBe('test');
    const found = await error(other.list());
    expect(found).toBeInstanceOf(Failed);
    expect(found.message).toBe(
      'test:///default: the connection to test:///default is closed; connect again',
    );
  });
});

describe('the definition', () => {
  test('is there while the guest runs, and can be defined again', async () => {
    await libvirt.define(xml('web1'));
    await libvirt.start('web1');
    const definition = await libvirt.definition('web1');
    expect(definition).toMatch(/^<domain type='test'>/);
    expect(await libvirt.xml('web1')).toMatch(/^<domain type='test' id='/);
    await libvirt.define(definition);
    expect(await libvirt.definition('web1')).toBe(definition);
    await libvirt.destroy('web1');
    await libvirt.undefine('web1');
  });

  test('of a guest that will be gone is none', async () => {
    await libvirt.define(xml('web1'));
    await libvirt.start('web1');
    await libvirt.undefine('web1');
    expect((await error(libvirt.definition('web1'))).message).toBe(
      'domain web1: it is transient: it has no definition and is gone when it stops; define it first',
    );
    await libvirt.destroy('web1');
  });
});
