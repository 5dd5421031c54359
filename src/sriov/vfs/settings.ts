/** MAC, VLAN and the like of a VF, set through its PF. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpResult } from '../../system/devices/ip.js';
import { Failed, type Trouble } from '../../values/errors.js';
import type { VfSettings } from './links.js';

/** Wanted settings; absent: unchanged. */
export type Wish = Partial<VfSettings>;

/** One call of ip, and the call that undoes it. */
export interface Setting {
  /** `mac`, `vlan`, `trust`, `spoofchk`, `rate`, `link`, `query-rss`. */
  key: string;
  words: readonly string[];
  back: readonly string[];
}

/** Calls of ip that change `now` to the wish; none for equal settings. Pure. */
export function settingsFor(pf: string, index: number, now: VfSettings, wish: Wish): Setting[] {
  const wanted: VfSettings = { ...now, ...wish };
  // Without a VLAN there is no priority.
  if (wanted.vlan === 0) wanted.qos = 0;
  const dev = ['link', 'set', 'dev', pf, 'vf', String(index)];
  const forms: Record<string, (settings: VfSettings) => string[]> = {
    mac: ({ mac }) => ['mac', mac],
    vlan: ({ vlan, qos }) => ['vlan', String(vlan), 'qos', String(qos)],
    trust: ({ trust }) => ['trust', onOff(trust)],
    spoofchk: ({ spoofchk }) => ['spoofchk', onOff(spoofchk)],
    rate: ({ rate }) => ['max_tx_rate', String(rate)],
    // As a new VF has them, where the driver does not say.
    link: ({ state }) => ['state', state ?? 'auto'],
    'query-rss': ({ query_rss }) => ['query_rss', onOff(query_rss ?? false)],
  };
  return Object.entries(forms).flatMap(([key, form]) => {
    const words = [...dev, ...form(wanted)];
    const back = [...dev, ...form(now)];
    return words.join(' ') === back.join(' ') ? [] : [{ key, words, back }];
  });
}

/** Settings that differ from the wish: a driver may accept a setting and not keep it. */
export function ignored(now: VfSettings, wish: Wish): string[] {
  const keys = Object.keys(wish) as (keyof Wish)[];
  return keys.filter((key) => wish[key] !== now[key] && !(key === 'qos' && now.vlan === 0));
}

/** Retries while a VF is in reset, as drivers request ("VF 3 still in reset. Try again."). */
const TRIES = 10;
const WAIT_MS = 500;
const AGAIN = ['Resource temporarily unavailable', 'Device or resource busy'];

export interface Tools {
  run(words: readonly string[]): Promise<IpResult>;
  /** The VF's present settings. */
  read(): Promise<VfSettings>;
  waitMs?: number;
}

/** Applies the settings in order and reads them back; a failure undoes those before it. @throws Failed */
export async function applySettings(
  thing: string,
  settings: readonly Setting[],
  wish: Wish,
  { run, read, waitMs = WAIT_MS }: Tools,
): Promise<void> {
  const done: Setting[] = [];
  let trouble: Omit<Trouble, 'thing'> | undefined;
  for (const setting of settings) {
    const refused = await patient(setting.words, run, waitMs);
    if (refused !== undefined) {
      const problem = `${setting.key} is refused: ${refused}`;
      trouble = { problem, remedy: remedyOf(setting.key, refused) };
      break;
    }
    done.push(setting);
  }
  const lost = trouble ? [] : ignored(await read(), wish);
  if (lost.length > 0) {
    const problem = `the driver took ${lost.join(' and ')} but did not keep it`;
    trouble = { problem, remedy: "use a newer driver, see 'dmesg'" };
  }
  if (!trouble) return;
  const left: string[] = [];
  for (const { key, back } of done.reverse()) {
    const refused = await patient(back, run, waitMs);
    if (refused !== undefined) left.push(`${key} (${refused})`);
  }
  const end = left.length === 0 ? 'all is as before' : `not undone: ${left.join(', ')}`;
  throw new Failed({ thing, ...trouble, problem: `${trouble.problem} (${end})` });
}

async function patient(words: readonly string[], run: Tools['run'], waitMs: number) {
  for (let tries = 1; ; tries++) {
    const { refused } = await run(words);
    if (refused === undefined || !AGAIN.includes(refused) || tries === TRIES) return refused;
    await sleep(waitMs);
  }
}

function remedyOf(key: string, refused: string): string {
  if (/not permitted|denied/.test(refused)) return 'run this as root';
  if (AGAIN.includes(refused)) return 'the VF is still in reset: shut its guest down, or wait';
  if (refused === 'Operation not supported') return `the PF's driver has no ${key}: leave it out`;
  if (key === 'rate') return "give no more than the link's speed; the PF's link must be up";
  return "see 'dmesg'";
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}
