import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { completeDomain, openDomain } from '../../../src/domain/index.js';
import { carryOut } from '../../../src/guests/apply/carry-out.js';
import type { DomainPlan } from '../../../src/guests/apply/plan.js';
import type { Context } from '../../../src/guests/apply/step.js';
import { NO_PORTS } from '../../../src/guests/ports.js';
import { connect, type Libvirt } from '../../../src/libvirt/index.js';
import { Failed } from '../../../src/values/errors.js';
import { domainOf } from '../../cli/apply/files.js';
import { fakeHost } from '../fake-host.js';

/** A definition that was there before. */
const old = (name: string) => openDomain(`<domain><name>${name}</name><title>old</title></domain>`);

const plan = (name: string, more: Partial<DomainPlan> = {}): DomainPlan => ({
  ...{ name, file: `${name}.xml`, action: 'redefine', why: '', state: 'shut off' },
  ...{
    restart: 'no',
    start: false,
    seeds: [],
    requests: [],
    steps: [],
    remove: [],
    gone: NO_PORTS,
  },
  ...{ before: old(name), domain: openDomain(domainOf({ name })) },
  mark: { set: 's', folder: 'file://h/s', digest: 'd', guest: 'g', generation: 1, made: '' },
  ...more,
});

/** A libvirt that keeps what is defined as it is, and refuses what `refuses` says. */
function context(refuses: (xml: string) => boolean): Context & { defined: Map<string, string> } {
  const defined = new Map<string, string>();
  const never = () => Promise.reject(new Error('nobody asked for this'));
  return {
    defined,
    client: undefined,
    stop: { timeoutMs: 1 },
    tell: () => {},
    signal: new AbortController().signal,
    host: fakeHost({
      define: async (xml) => {
        if (refuses(xml)) throw new Failed({ thing: 'x', problem: 'no', remedy: 'y' });
        defined.set(/<name>(.*?)<\/name>/.exec(xml)?.[1] ?? '', xml);
      },
      definition: async (name) => defined.get(name) ?? '',
      autostart: async (name, on) => void defined.set(`${name} autostart`, String(on)),
      ...{ state: never, start: never, shutdown: never, destroy: never, undefine: never },
    }),
  };
}

test('a definition that cannot be taken back is told as done', async () => {
  const on = context((xml) => xml === old('a').text || xml.includes('<name>c</name>'));
  const { errors, ...outcome } = await carryOut([plan('a'), plan('b'), plan('c')], on);
  expect(outcome).toEqual({
    done: new Map([['a', ['define']]]),
    left: [
      { name: 'b', action: 'define' },
      { name: 'c', action: 'define' },
    ],
    takenBack: false,
  });
  expect(errors).toMatchObject([
    {
      exitCode: 1,
      message:
        "vmlane domain apply: c.xml: no; y, and taking back failed too (a: x: no; y); see 'vmlane domain list' and 'vmlane switch ports'",
    },
  ]);
  expect(on.defined.get('b')).toBe(old('b').text);
});

test('autostart is set after the definitions, and taken back with them', async () => {
  const on = context(() => false);
  const done = await carryOut([plan('a', { action: 'unchanged', autostart: true })], on);
  expect(done).toMatchObject({ done: new Map([['a', ['autostart']]]), errors: [] });
  expect(on.defined).toEqual(new Map([['a autostart', 'true']]));

  const set = on.host.libvirt.autostart;
  on.host.libvirt.autostart = async (name, wanted) => {
    if (name === 'c') throw new Failed({ thing: 'c', problem: 'no', remedy: 'y' });
    await set(name, wanted);
  };
  const plans = [plan('a'), plan('b', { autostart: false }), plan('c', { autostart: true })];
  const { errors, ...outcome } = await carryOut(plans, on);
  expect(errors).toMatchObject([{ exitCode: 1, message: 'c: no; y' }]);
  expect(outcome).toMatchObject({ takenBack: true, done: new Map() });
  expect(outcome.left).toContainEqual({ name: 'c', action: 'autostart' });
  expect(on.defined.get('b autostart')).toBe('true');
  expect(on.defined.get('a')).toBe(old('a').text);
});

test('a libvirt that writes another definition each time is given up', async () => {
  const on = context(() => false);
  let count = 0;
  const plain = on.host.libvirt.definition;
  on.host.libvirt.definition = async (name) => `${await plain(name)}<!-- ${count++} -->`;
  const { errors, takenBack } = await carryOut([plan('a')], on);
  expect(takenBack).toBe(true);
  expect(errors).toMatchObject([
    { message: 'a.xml: libvirt does not keep what is defined; see virsh dumpxml --inactive' },
  ]);
  expect(on.defined.get('a')).toBe(old('a').text);
});

describe('a definition that did not come about', () => {
  // What is defined lives as long as a connection to it.
  let libvirt: Libvirt;
  beforeEach(async () => {
    libvirt = await connect('test:///default');
  });
  afterEach(async () => {
    for (const { name } of await libvirt.list()) if (name !== 'test') await libvirt.undefine(name);
    await libvirt.close();
  });
  const UUID = '11111111-2222-4333-8444-555555555555';
  const fresh = (name: string) => {
    const { before: _, ...rest } = plan(name, { action: 'define' });
    return { ...rest, domain: completeDomain(openDomain(domainOf({ name }))) };
  };
  const names = async () => (await libvirt.list()).map(({ name, uuid }) => `${name} ${uuid}`);
  const on = (more: Partial<Context['host']['libvirt']> = {}): Context => {
    const rest = context(() => false);
    const methods = ['state', 'define', 'definition', 'start', 'shutdown', 'destroy', 'undefine'];
    const bound = methods.map((key) => [key, libvirt[key as 'state'].bind(libvirt)]);
    return { ...rest, host: fakeHost({ ...Object.fromEntries(bound), ...more }) };
  };

  test('is not undefined: the domain of that name is of somebody else', async () => {
    await libvirt.define(domainOf({ name: 'web', uuid: UUID }));
    const before = await names();
    const { errors, takenBack } = await carryOut([fresh('a'), fresh('web')], on());
    expect(errors).toMatchObject([
      { message: expect.stringContaining('already exists with uuid') },
    ]);
    expect(takenBack).toBe(true);
    expect(await names()).toEqual(before);
  });

  test('nor is one that took its name later', async () => {
    const swap = async (xml: string) => {
      if (!xml.includes('<name>b</name>')) return libvirt.define(xml);
      await libvirt.undefine('a');
      await libvirt.define(domainOf({ name: 'a', uuid: UUID }));
      throw new Failed({ thing: 'b', problem: 'no', remedy: 'y' });
    };
    const { takenBack } = await carryOut([fresh('a'), fresh('b')], on({ define: swap }));
    expect(takenBack).toBe(true);
    expect(await names()).toContain(`a ${UUID}`);
  });

  test('is undefined when only its mark could not be kept', async () => {
    const refuse = () => Promise.reject(new Failed({ thing: 'a', problem: 'no', remedy: 'y' }));
    const before = await names();
    let asked = 0;
    const definition = (name: string) => (asked++ === 0 ? refuse() : libvirt.definition(name));
    const { takenBack } = await carryOut([fresh('a')], on({ definition }));
    expect(takenBack).toBe(true);
    expect(await names()).toEqual(before);
  });
});

describe('restarts', () => {
  /** Guests that run; `late` go off only after they are no longer waited for. */
  function guests(late: string[]) {
    const on = context(() => false);
    const states = new Map<string, 'running' | 'shut off'>();
    const calls: string[] = [];
    Object.assign(on.host.libvirt, {
      state: async (name: string) => states.get(name) ?? 'running',
      shutdown: async (name: string) => {
        calls.push(`shutdown ${name}`);
        if (!late.includes(name)) states.set(name, 'shut off');
      },
      start: async (name: string) => {
        calls.push(`start ${name}`);
        states.set(name, 'running');
      },
    });
    return { on, calls, states };
  }
  const restart = (name: string) =>
    plan(name, { action: 'unchanged', state: 'running', restart: 'yes' });

  test('a guest that does not obey in time is told so, and the others are restarted', async () => {
    const { on, calls } = guests(['a', 'c d']);
    const outcome = await carryOut([restart('a'), restart('b'), restart('c d')], on);
    expect(calls).toEqual(['shutdown a', 'shutdown b', 'start b', 'shutdown c d']);
    const still = 'it was asked to shut down and still runs after 0.001 s; ';
    const ways = (name: string) =>
      `give it more time, or power it off: vmlane domain stop ${name} --force`;
    expect(outcome).toEqual({
      done: new Map([['b', ['stop', 'start']]]),
      left: ['a', 'c d'].flatMap((name) => [
        { name, action: 'stop' },
        { name, action: 'start' },
      ]),
      errors: [expect.any(Failed), expect.any(Failed)],
      takenBack: false,
    });
    expect(outcome.errors.map((error) => (error as Failed).message)).toEqual([
      `domain a: ${still}${ways('a')}; it may go off yet, then run: vmlane domain start a`,
      `domain c d: ${still}${ways("'c d'")}; it may go off yet, then run: vmlane domain start 'c d'`,
    ]);
  });

  test('interrupted while one shuts down: it may go off yet, the others are left', async () => {
    const { on, calls } = guests(['a']);
    const abort = new AbortController();
    Object.assign(on, {
      stop: { timeoutMs: 60_000 },
      signal: abort.signal,
      tell: () => abort.abort(),
    });
    const { errors, left } = await carryOut([restart('a'), restart('b')], on);
    expect(calls).toEqual(['shutdown a']);
    expect(left).toHaveLength(4);
    expect(errors).toMatchObject([
      {
        exitCode: 1,
        message: expect.stringMatching(
          /^domain a: interrupted while it shuts down; .*vmlane domain start a/,
        ),
      },
    ]);
  });
});
