import { describe, expect, test } from 'vitest';
import { powerOff, type ShutdownOptions, shutDown } from '../../src/guests/stop.js';
import type { DomainState } from '../../src/libvirt/index.js';
import { Failed } from '../../src/values/errors.js';

/** Not libvirt: one guest that goes off `after` so many looks at it, or never. */
class FakeGuest {
  readonly calls: string[] = [];
  constructor(
    public is: DomainState,
    public after = Number.POSITIVE_INFINITY,
    readonly transient = false,
  ) {}

  async state(): Promise<DomainState> {
    if (this.calls.length > 0 && this.after-- <= 0) this.is = 'shut off';
    if (this.is !== 'shut off' || !this.transient) return this.is;
    throw new Failed({ thing: 'domain a', problem: 'Domain not found', remedy: 'x' });
  }

  async shutdown(): Promise<void> {
    this.calls.push('shutdown');
  }

  async destroy(): Promise<void> {
    this.calls.push('destroy');
    this.is = 'shut off';
  }
}

const told: string[] = [];
const options: ShutdownOptions = { timeoutMs: 400, tell: (text) => void told.push(text) };
const stop = (guest: FakeGuest, more: Partial<ShutdownOptions> = {}) =>
  shutDown(guest, 'a', { ...options, ...more });

describe('shutDown', () => {
  test.each([
    ['a guest that obeys', new FakeGuest('running', 1)],
    ['a transient one, which is gone then', new FakeGuest('running', 1, true)],
    ['one that was asked by somebody else', new FakeGuest('in shutdown', 1)],
  ])('waits for %s', async (_, guest) => {
    expect(await stop(guest)).toEqual({ changed: true, forced: false });
    expect(guest.calls).toEqual(['shutdown']);
    expect(told.at(-1)).toBe('a: asked to shut down; it has 0.4 s');
  });

  test('leaves one that is off', async () => {
    const guest = new FakeGuest('shut off');
    expect(await stop(guest)).toEqual({ changed: false, forced: false });
    expect(guest.calls).toEqual([]);
  });

  test('gives up on one that does not listen', async () => {
    const guest = new FakeGuest('running');
    await expect(stop(guest)).rejects.toMatchObject({
      exitCode: 1,
      message:
        'domain a: it was asked to shut down and still runs after 0.4 s; give it more time, or power it off: vmlane domain stop a --force',
    });
    expect(guest.calls).toEqual(['shutdown']);
  });

  test('--force then powers it off', async () => {
    const guest = new FakeGuest('running');
    expect(await stop(guest, { force: true })).toEqual({ changed: true, forced: true });
    expect(guest.calls).toEqual(['shutdown', 'destroy']);
  });

  test.each([
    ['paused', "continue it with 'virsh resume'"],
    ['pmsuspended', "wake it with 'virsh dompmwakeup'"],
    ['crashed', 'see its log'],
  ] as const)('a guest that is %s cannot listen: only --force', async (state, remedy) => {
    const guest = new FakeGuest(state);
    await expect(stop(guest)).rejects.toThrow(`it cannot shut down: ${state}; ${remedy}`);
    expect(guest.calls).toEqual([]);
    expect(await stop(guest, { force: true })).toEqual({ changed: true, forced: true });
    expect(guest.calls).toEqual(['destroy']);
  });

  test('a refusal counts unless the guest went off meanwhile', async () => {
    const refusal = new Failed({
      thing: 'domain a',
      problem: 'domain is not running',
      remedy: 'x',
    });
    const guest = new FakeGuest('running');
    guest.shutdown = async () => {
      guest.calls.push('shutdown');
      throw refusal;
    };
    await expect(stop(guest)).rejects.toBe(refusal);
    guest.calls.length = 0;
    guest.after = 0;
    expect(await stop(guest)).toEqual({ changed: true, forced: false });
  });

  test('can be interrupted', async () => {
    const guest = new FakeGuest('running');
    await expect(stop(guest, { signal: AbortSignal.abort() })).rejects.toThrow('interrupted');
  });
});

test('powerOff, twice', async () => {
  const guest = new FakeGuest('running');
  expect(await powerOff(guest, 'a')).toBe(true);
  expect(await powerOff(guest, 'a')).toBe(false);
  expect(guest.calls).toEqual(['destroy']);
});
