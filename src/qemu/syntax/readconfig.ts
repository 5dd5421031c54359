import { InvalidInput } from '../../values/errors.js';
import type { Host } from '../host.js';
import { type Argument, parseArguments, toArgument } from './arguments.js';

/** QEMU's names of groups with a different option name. Source: vl.c of QEMU. */
const OPTIONS: Readonly<Record<string, string>> = {
  'boot-opts': 'boot',
  memory: 'm',
  'smp-opts': 'smp',
};

/** Groups with sections that are options of the same name, an id included. */
const SAME: ReadonlySet<string> = new Set([
  'accel',
  'acpi',
  'add-fd',
  'action',
  'chardev',
  'device',
  'drive',
  'fsdev',
  'fw_cfg',
  'global',
  'icount',
  'iscsi',
  'machine',
  'mon',
  'msg',
  'name',
  'net',
  'netdev',
  'nic',
  'numa',
  'object',
  'option-rom',
  'overcommit',
  'rtc',
  'sandbox',
  'semihosting-config',
  'smbios',
  'spice',
  'tpmdev',
  'trace',
  'vnc',
]);

export interface Expansion {
  list: Argument[];
  /** Files that could not be read. */
  unread: string[];
}

/**
 * The list with each -readconfig replaced by the options in its file, as QEMU itself does. @throws
 * InvalidInput for a file that QEMU would not accept
 */
export function expandConfigs(list: readonly Argument[], host: Host): Expansion {
  const unread: string[] = [];
  const expanded = list.flatMap((argument) => {
    if (argument.option !== 'readconfig') return [argument];
    const path = argument.value ?? '';
    const text = host.configs?.get(path);
    if (text === undefined) {
      unread.push(path);
      return [argument];
    }
    return sections(text, path).map((words) => ({ ...toArgument(words), from: argument }));
  });
  return { list: expanded, unread };
}

/** `[group "id"]` and its `key = "value"` lines become one option. Source: util/qemu-config.c. */
function sections(text: string, path: string): string[][] {
  const found: { option: string; parts: string[] }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const at = `${path} line ${index + 1}`;
    const head = /^\[([A-Za-z0-9_-]+)(?: "([^"]*)")?\]$/.exec(line);
    const [, group = '', id] = head ?? [];
    if (head) {
      found.push({ option: optionOf(group, at), parts: id === undefined ? [] : [`id=${id}`] });
      continue;
    }
    const [, key, value] = /^([A-Za-z0-9_.-]+) *= *"([^"]*)"$/.exec(line) ?? [];
    const section = found.at(-1);
    if (key === undefined || value === undefined || section === undefined) {
      refuse(at, 'neither a [group] nor a key = "value" line');
    }
    section.parts.push(`${key}=${value.replaceAll(',', ',,')}`);
  }
  return found.map(({ option, parts }) => [`-${option}`, parts.join(',')]);
}

function optionOf(group: string, at: string): string {
  const option = OPTIONS[group] ?? (SAME.has(group) ? group : undefined);
  return option ?? refuse(at, `the group ${group} has no option that could stand for it`);
}

function refuse(thing: string, problem: string): never {
  throw new InvalidInput({
    thing,
    problem,
    remedy: "write the file's content as options on the command line",
  });
}

/** Paths of the files named by -readconfig. @throws InvalidInput for a list that cannot be read */
export function configFiles(argv: readonly string[]): string[] {
  return parseArguments(argv).flatMap((one) =>
    one.option === 'readconfig' ? [one.value ?? ''] : [],
  );
}
