/** The processors that an operator names for ports, as the switch's lcores. Pure. */
import type { LcoreInfo } from '../contract/types.js';
import { InvalidInput } from '../values/errors.js';

/** What `port.set` takes for an lcore of the switch's own choice. */
export const ANY_LCORE = -1;

/** No operator's choice, as a word. */
export const NO_PIN = 'none';

/** The processors of `--pin`, at most so many; none: the switch is to choose. @throws InvalidInput */
export function pinnedCpus(pin: string, most: 1 | 2): number[] {
  if (pin === NO_PIN) return [];
  const words = pin.split(',');
  const usual = most === 1 ? 'a number such as 2' : 'one such as 2, or two such as 2,3';
  const remedy = `give ${usual}; or ${NO_PIN}: the switch chooses`;
  if (!words.every((word) => /^(0|[1-9]\d{0,4})$/.test(word)))
    throw refused(pin, 'is no processor', remedy);
  if (words.length > most) throw refused(pin, `is ${words.length} processors`, remedy);
  return words.map(Number);
}

/** The lcore on a processor. @throws InvalidInput */
export function lcoreOn(cpu: number, lcores: readonly LcoreInfo[]): number {
  const found = lcores.find((one) => one.cpu === cpu);
  if (found) return found.lcore;
  const known = [...new Set(lcores.map((one) => one.cpu))].join(', ');
  throw refused(String(cpu), 'is no processor of the switch', `give one of ${known}`);
}

/** The lcore for a port, by `--pin` or `--lcore`; undefined: neither. @throws InvalidInput */
export async function wantedLcore(
  { pin, lcore }: { pin?: string | undefined; lcore?: number | undefined },
  info: () => Promise<{ lcores: readonly LcoreInfo[] }>,
): Promise<number | undefined> {
  if (pin === undefined) return lcore;
  mustBeOne(lcore);
  const [cpu] = pinnedCpus(pin, 1);
  return cpu === undefined ? ANY_LCORE : lcoreOn(cpu, (await info()).lcores);
}

/** @throws InvalidInput if there is an lcore beside the processor. */
export function mustBeOne(lcore: number | undefined): void {
  if (lcore === undefined) return;
  const problem = 'is given with --lcore';
  throw new InvalidInput({ thing: '--pin', problem, remedy: 'leave one of them out' });
}

function refused(pin: string, problem: string, remedy: string): InvalidInput {
  return new InvalidInput({ thing: `--pin ${pin}`, problem, remedy });
}
