/** MAC, VLAN and the like through the PF: what is called, tried again, taken back. */
import { describe, expect, test } from 'vitest';
import { parseLinks, type VfSettings } from '../../src/sriov/vfs/links.js';
import { applySettings, settingsFor, type Wish } from '../../src/sriov/vfs/settings.js';

const NEW: VfSettings = {
  mac: '00:00:00:00:00:00',
  vlan: 0,
  qos: 0,
  trust: false,
  spoofchk: true,
  rate: 0,
  state: 'auto',
};
const MAC = '52:54:00:00:00:01';

/** A VF behind `ip`: refuses what it is told to, so many times, and forgets what it is told to. */
class FakeVf {
  now = { ...NEW };
  readonly calls: string[] = [];
  constructor(
    readonly refusals: Record<string, [reason: string, times: number]> = {},
    readonly forgets: string[] = [],
  ) {}

  readonly run = async (words: readonly string[]) => {
    const [key = '', value = '', , qos = '0'] = words.slice(6);
    this.calls.push(`${key} ${value}`);
    const refusal = this.refusals[`${key} ${value}`] ?? this.refusals[key];
    if (refusal && refusal[1]-- > 0) return { stdout: '', refused: refusal[0] };
    if (this.forgets.includes(key)) return { stdout: '' };
    const set: Record<string, Partial<VfSettings>> = {
      mac: { mac: value },
      vlan: { vlan: Number(value), qos: Number(qos) },
      trust: { trust: value === 'on' },
      spoofchk: { spoofchk: value === 'on' },
      max_tx_rate: { rate: Number(value) },
    };
    Object.assign(this.now, set[key]);
    return { stdout: '' };
  };

  async apply(wish: Wish): Promise<void> {
    const settings = settingsFor('ens1f0', 3, this.now, wish);
    const read = async () => this.now;
    await applySettings('ens1f0 VF 3', settings, wish, { run: this.run, read, waitMs: 1 });
  }
}

test.each<[Wish, string[]]>([
  [{ state: 'enable' }, ['state', 'enable']],
  [{ state: 'disable' }, ['state', 'disable']],
  [{ query_rss: true }, ['query_rss', 'on']],
])('%j is set by ip, and taken back to what a new VF has', (wish, words) => {
  const [setting] = settingsFor('ens1f0', 3, NEW, wish);
  expect(setting?.words.slice(6)).toEqual(words);
  expect(setting?.back.slice(6)).toEqual([words[0], words[0] === 'state' ? 'auto' : 'off']);
  expect(settingsFor('ens1f0', 3, { ...NEW, ...wish }, wish)).toEqual([]);
});

test("link and query_rss are read from ip's answer; a word that is not known is none", () => {
  const text = (more: object) =>
    JSON.stringify([{ ifname: 'e', vfinfo_list: [{ vf: 0, ...more }] }]);
  const read = (more: object) => parseLinks(text(more), 'ip')[0]?.vfs.get(0);
  expect(read({ link_state: 'enable', query_rss_en: true })).toMatchObject({
    state: 'enable',
    query_rss: true,
  });
  expect(read({ link_state: 'sideways' })).not.toHaveProperty('state');
});

const ALL: Wish = { mac: MAC, vlan: 100, qos: 3, trust: true, spoofchk: false, rate: 500 };

test('what is called, word by word, and what takes it back', () => {
  const settings = settingsFor('ens1f0', 3, NEW, ALL);
  const dev = 'link set dev ens1f0 vf 3';
  expect(settings.map(({ words, back }) => [words.join(' '), back.join(' ')])).toEqual([
    [`${dev} mac ${MAC}`, `${dev} mac 00:00:00:00:00:00`],
    [`${dev} vlan 100 qos 3`, `${dev} vlan 0 qos 0`],
    [`${dev} trust on`, `${dev} trust off`],
    [`${dev} spoofchk off`, `${dev} spoofchk on`],
    [`${dev} max_tx_rate 500`, `${dev} max_tx_rate 0`],
  ]);
});

test('what is so is not called; a VLAN keeps its priority, and takes it along', () => {
  const now = { ...NEW, vlan: 100, qos: 3 };
  const called = (wish: Wish) => settingsFor('e', 0, now, wish).map(({ words }) => words.slice(6));
  expect(called({ vlan: 100, trust: false })).toEqual([]);
  expect(called({ vlan: 200 })).toEqual([['vlan', '200', 'qos', '3']]);
  expect(called({ vlan: 0 })).toEqual([['vlan', '0', 'qos', '0']]);
});

describe('applied', () => {
  test('all, and again: nothing', async () => {
    const vf = new FakeVf();
    await vf.apply(ALL);
    expect(vf.now).toEqual({ ...NEW, ...ALL });
    vf.calls.length = 0;
    await vf.apply(ALL);
    expect(vf.calls).toEqual([]);
  });

  test('while the VF is in reset it is tried again', async () => {
    const vf = new FakeVf({ mac: ['Resource temporarily unavailable', 4] });
    await vf.apply({ mac: MAC });
    expect(vf.calls).toHaveLength(5);
    expect(vf.now.mac).toBe(MAC);
  });

  test.each([
    ['Resource temporarily unavailable', 99, 'the VF is still in reset: shut its guest down'],
    ['Operation not permitted', 1, 'run this as root'],
    ['Operation not supported', 1, "the PF's driver has no trust: leave it out"],
    ['Invalid argument', 1, "see 'dmesg'"],
  ])('%s: what was done before is taken back', async (reason, times, remedy) => {
    const vf = new FakeVf({ 'trust on': [reason, times] });
    const error = await vf.apply(ALL).catch((error: Error) => error);
    expect(error).toMatchObject({ exitCode: 1 });
    expect((error as Error).message).toContain(
      `ens1f0 VF 3: trust is refused: ${reason} (all is as before); ${remedy}`,
    );
    expect(vf.now).toEqual(NEW);
  });

  test('what a driver takes and does not keep is told, and all is taken back', async () => {
    const vf = new FakeVf({}, ['spoofchk', 'max_tx_rate']);
    await expect(vf.apply(ALL)).rejects.toThrow(
      'ens1f0 VF 3: the driver took spoofchk and rate but did not keep it (all is as before); use',
    );
    expect(vf.now).toEqual(NEW);
  });

  test('what cannot be taken back is told', async () => {
    const vf = new FakeVf({
      max_tx_rate: ['Invalid argument', 9],
      'mac 00:00:00:00:00:00': ['Permission denied', 9],
    });
    await expect(vf.apply(ALL)).rejects.toThrow(
      "rate is refused: Invalid argument (not undone: mac (Permission denied)); give no more than the link's speed",
    );
    expect(vf.now).toEqual({ ...NEW, mac: MAC });
  });
});

test("what older versions of ip call them, and a driver's silence", () => {
  const vf = { vf: 0, mac: '52:54:00:AA:00:01', vlan: 5, qos: 2 };
  const [link] = parseLinks(JSON.stringify([{ ifname: 'e', vfinfo_list: [vf] }, {}]), 'ip');
  expect(link?.vfs.get(0)).toEqual({
    ...{ mac: '52:54:00:aa:00:01', vlan: 5, qos: 2 },
    ...{ trust: false, spoofchk: false, rate: 0 },
  });
});
