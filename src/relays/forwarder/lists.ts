/** Values of virtio-forwarder's settings that are not taken as they stand. Pure. */
import { SWITCH_SETTINGS } from '../../contract/bounds.js';
import { LCORE_CPU_MAX } from '../../values/cpu-set.js';
import { pciAddress } from '../../values/pci.js';
import { describe, quote } from '../../values/problems.js';
import { RELAY_NUMBERS } from '../names.js';

/** Why a value is none. */
export interface Refusal {
  problem: string;
  remedy: string;
}
type Read<T> = { value: T } | Refusal;

/** The words of a value: one, or those of an array in the shell's form, as its start script reads the file. */
export function wordsOf(value: string): Read<string[]> {
  if (!value.startsWith('(')) return { value: value === '' ? [] : [value] };
  if (!value.endsWith(')'))
    return { problem: 'its list is not closed', remedy: 'write it in one line: (A B)' };
  const words = value.slice(1, -1).trim().split(/\s+/).filter(Boolean);
  return { value: words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2')) };
}

/** Processors as numbers with commas, or as a mask: `1,2`, `0x6`. */
export function cpusOf(value: string): Read<number[]> {
  const remedy = `give different numbers up to ${LCORE_CPU_MAX} with commas, such as 1,2, or a mask such as 0x6`;
  if (/^0x[0-9a-f]+$/i.test(value) && value.length <= 2 + (LCORE_CPU_MAX + 1) / 4) {
    const bits = [...BigInt(value).toString(2)].reverse();
    const cpus = bits.flatMap((bit, cpu) => (bit === '1' ? [cpu] : []));
    return cpus.length > 0 ? { value: cpus } : { problem: 'is a mask of no processor', remedy };
  }
  const cpus = value.split(',').map((word) => (/^\d{1,4}$/.test(word) ? Number(word) : Number.NaN));
  const fits = cpus.every((cpu) => cpu <= LCORE_CPU_MAX) && new Set(cpus).size === cpus.length;
  return fits ? { value: cpus } : { problem: describe(value), remedy };
}

/** A VF and the number of its relay. */
export interface StaticVf {
  device: string;
  relay: number;
}

/** `0000:05:08.1=1`, or a list of them. */
export function staticVfsOf(value: string): Read<StaticVf[]> {
  const words = wordsOf(value);
  if ('problem' in words) return words;
  const { min, max } = RELAY_NUMBERS;
  const vfs: StaticVf[] = [];
  for (const word of words.value) {
    const [, address = '', number] = /^([^=]+)=(\d{1,9})$/.exec(word) ?? [];
    const device = pciAddress(address);
    if (device === undefined || number === undefined)
      return { problem: `got ${quote(word)}`, remedy: 'give ADDRESS=RELAY, as 0000:05:08.1=1' };
    const relay = Number(number);
    if (relay > max)
      return { problem: `relay ${number} of ${device}`, remedy: `give one from ${min} to ${max}` };
    const twice = vfs.find((one) => one.device === device || one.relay === relay);
    if (twice) {
      const what = twice.device === device ? device : `relay ${relay}`;
      return { problem: `${what} is there twice`, remedy: 'a relay takes one VF: remove one' };
    }
    vfs.push({ device, relay });
  }
  return { value: vfs };
}

/** A relay's processors: of device to guest, and of guest to device. */
export interface CpuPin {
  relay: number;
  cpus: readonly [number, number];
}

/** `1:2` or `1:2,3`, or a list of them. */
export function cpuPinsOf(value: string): Read<CpuPin[]> {
  const words = wordsOf(value);
  if ('problem' in words) return words;
  const pins: CpuPin[] = [];
  for (const word of words.value) {
    const [, relay, first, second = first] =
      /^(\d{1,2}):(\d{1,4})(?:,(\d{1,4}))?$/.exec(word) ?? [];
    if (relay === undefined || Number(relay) > RELAY_NUMBERS.max)
      return { problem: `got ${quote(word)}`, remedy: 'give RELAY:CPU or RELAY:CPU,CPU, as 0:1,2' };
    if (pins.some((one) => one.relay === Number(relay)))
      return { problem: `relay ${relay} is there twice`, remedy: 'remove one' };
    pins.push({ relay: Number(relay), cpus: [Number(first), Number(second)] });
  }
  return { value: pins };
}

/** Devices to bind, as `vmlane sriov bind` or `persist` are told of them. */
export function bindsOf(value: string): Read<string[]> {
  const commands: string[] = [];
  for (const word of value.split(',').map((one) => one.trim())) {
    const address = pciAddress(word);
    const [, netdev, count] = /^([\w.-]{1,15})(?::(\d{1,5}))?$/.exec(word) ?? [];
    if (address === undefined && netdev === undefined) {
      const remedy = 'give addresses, and network devices with or without a number, as ens3:4';
      return { problem: `got ${quote(word)}`, remedy };
    }
    if (address !== undefined) commands.push(`vmlane sriov bind ${address}`);
    else if (count === undefined) commands.push(`vmlane sriov bind for each VF of ${netdev}`);
    else commands.push(`vmlane sriov bind ${netdev}/0 to ${netdev}/${Number(count) - 1}`);
  }
  return { value: commands };
}

/** Its %u is the relay's number. */
export function patternTrouble(pattern: string): Refusal | undefined {
  const fits = pattern.split('%u').length === 2 && !/%(?!u)|\//.test(pattern);
  const remedy = 'give a name with exactly one %u and no slash, as virtio-forwarder%u.sock';
  return fits ? undefined : { problem: describe(pattern), remedy };
}

/** Whether its core scheduler runs: 1 or 0. */
export function balanceOf(value: string): Read<number> {
  if (/^(true|y|yes|1)$/i.test(value)) return { value: 1 };
  if (/^(false|n|no|0)$/i.test(value)) return { value: 0 };
  return { problem: describe(value), remedy: 'give true or false' };
}

/** A share of a core, 0.25, as percent. */
export function sensitivityOf(value: string): Read<number> {
  const { min, max } = SWITCH_SETTINGS.balance_sensitivity;
  const percent = /^\d?(\.\d{1,6})?$/.test(value) ? Number(value) * 100 : Number.NaN;
  const whole = Math.round(percent);
  if (Math.abs(percent - whole) < 1e-9 && whole >= min && whole <= max) return { value: whole };
  const remedy = `give a share from ${min / 100} to ${max / 100} in steps of 0.01, such as 0.25`;
  return { problem: describe(value), remedy };
}

/** Seconds between two looks. */
export function intervalOf(value: string): Read<number> {
  const { min, max } = SWITCH_SETTINGS.balance_interval;
  const seconds = /^\d{1,5}(\.0{1,6})?$/.test(value) ? Number(value) : Number.NaN;
  if (seconds >= min && seconds <= max) return { value: seconds };
  return { problem: describe(value), remedy: `give whole seconds from ${min} to ${max}` };
}
