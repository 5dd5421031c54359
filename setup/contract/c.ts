/** native/base/contract.h. */
import type { Contract, Method, Value } from './model.js';
import { isOptional } from './model.js';

const HEAD = `/*
 * The control protocol's numbers and words. Generated from protocol.yaml by \`npm run generate\`.
 *
 * Lists are macros that take a macro: EACH_DROP_REASON(X) is X(symbol, name, side) for each reason.
 * So a user of the list handles all of them and cannot forget one.
 */
/* clang-format off */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <stdint.h>
`;

export function header(contract: Contract): string {
  return [
    HEAD,
    `#define PROTOCOL_VERSION ${contract.protocol}\n`,
    `#define DEFAULT_CONTROL_SOCKET ${quoted(contract.control_socket)}\n`,
    `#define DEVICE_NODES ${quoted(contract.device_nodes)}\n`,
    `#define STATIC_PORTS ${quoted(contract.static_ports)}\n`,
    limits(contract),
    types(contract),
    portSettings(contract.settings.port),
    switchSettings(contract.settings.switch),
    reasons(contract),
    codes(contract),
    methods(contract.methods),
    '#endif\n',
  ].join('\n');
}

const upper = (text: string) => text.replace(/\W/g, '_').toUpperCase();
const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
/** An array initializer of words. */
const words = (of: readonly string[]) => `{${of.map(quoted).join(', ')}}`;

/** A macro of several lines; the last one has no backslash. */
function macro(head: string, lines: readonly string[]): string {
  return `#define ${[head, ...lines].join(' \\\n\t')}\n`;
}

function limits({ limits: all }: Contract): string {
  return Object.entries(all)
    .map(
      ([name, { value, meaning }]) => `/* ${meaning} */\n#define LIMIT_${upper(name)} ${value}\n`,
    )
    .join('');
}

function types({ types: all }: Contract): string {
  return Object.entries(all)
    .map(([name, { symbol, max, want, values }]) => {
      const prefix = upper(symbol ?? name);
      const lines = [
        ...(max === undefined ? [] : [`#define ${prefix}_MAX ${max}`]),
        ...(want === undefined ? [] : [`#define ${prefix}_WANT ${quoted(want)}`]),
      ];
      if (values) {
        const members = values.map((word) => `${prefix}_${upper(word)}`).join(', ');
        lines.push(`enum ${name} { ${members} };`, `#define ${prefix}_WORDS ${words(values)}`);
      }
      return lines.map((line) => `${line}\n`).join('');
    })
    .join('');
}

/** Numbers form a table; C has its own code for the others (port_json.c). */
function portSettings(settings: readonly Value[]): string {
  const rows: string[] = [];
  const others: string[] = [];
  for (const { key, type: named, kind, default: value, formerly } of settings) {
    if (kind.is === 'integer') {
      const type = (kind.max ?? Infinity) < 2 ** 16 ? 'uint16_t' : 'uint32_t';
      rows.push(`NUMBER(${type}, ${key}, ${kind.min}, ${kind.max}, ${value})`);
      // Named types are defined already.
      if (named === 'integer') others.push(`#define ${upper(key)}_MAX ${kind.max}\n`);
    }
    if (kind.is !== 'word') continue;
    const prefix = `PORT_${upper(key)}`;
    others.push(`#define ${prefix}_DEFAULT ${upper(kind.named ?? key)}_${upper(String(value))}\n`);
    if (!formerly) continue;
    const before = kind.values.map((word) => formerly.values?.[word] ?? word);
    others.push(`#define ${prefix}_FORMER_KEY ${quoted(formerly.key)}\n`);
    others.push(`#define ${prefix}_FORMER_WORDS ${words(before)}\n`);
  }
  return `${macro('EACH_PORT_NUMBER(NUMBER) /* type, key, min, max, default */', rows)}${others.join('')}`;
}

function switchSettings(settings: readonly Value[]): string {
  const rows: string[] = [];
  const usage: string[] = [];
  for (const { key, kind, default: value, unit, describe } of settings) {
    if (kind.is !== 'integer')
      throw new Error(`${key}: only numbers can be switch settings so far`);
    const option = key.replaceAll('_', '-');
    rows.push(`SETTING(${key}, ${quoted(option)}, ${kind.min}, ${kind.max}, ${value})`);
    const help = `${describe?.charAt(0).toLowerCase()}${describe?.slice(1)}`;
    usage.push(
      ...wrapped(
        `  --${option} ${unit}`,
        `${help}${unit === `${kind.min}|${kind.max}` ? '' : `, ${kind.min}-${kind.max}`} (${value})`,
      ),
    );
  }
  return [
    macro('EACH_SWITCH_SETTING(SETTING) /* key, option, min, max, default */', rows),
    macro(
      'SWITCH_SETTINGS_USAGE',
      usage.map((line) => quoted(line).replace(/"$/, '\\n"')),
    ),
  ].join('');
}

/** One or two lines of help: 80 columns, the description from the 26th on. */
function wrapped(option: string, text: string): string[] {
  const lines = [option.padEnd(24)];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + 1 + word.length <= 80) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${''.padEnd(24)} ${word}`);
  }
  return lines;
}

function reasons({ reasons: all }: Contract): string {
  const rows = Object.entries(all).map(
    ([name, { side }]) => `DROP_REASON(${upper(name)}, ${quoted(name)}, ${side})`,
  );
  return macro('EACH_DROP_REASON(DROP_REASON) /* symbol, name, where it is counted */', rows);
}

function codes({ errors }: Contract): string {
  const lines = Object.entries(errors).map(
    ([name, { code, meaning }]) => `\tRPC_${upper(name)} = ${code}, /* ${meaning} */\n`,
  );
  return `enum rpc_code {\n${lines.join('')}};\n`;
}

function methods(all: readonly Method[]): string {
  const rows = all.map(({ name, summary, level, params }) => {
    const listed = params.flatMap(parameter).map((one) => ` \\\n\t\t${one}`);
    return `METHOD(${name.replace('.', '_')}, ${quoted(name)}, ${quoted(summary)}, LEVEL_${upper(level)},${listed.join('')})`;
  });
  const defaults = all.flatMap(({ name, params }) =>
    params.flatMap(({ key, kind, default: value }) =>
      kind.is === 'integer' && value !== undefined && !name.endsWith('.add')
        ? [`#define ${upper(name)}_${upper(key)}_DEFAULT ${value}\n`]
        : [],
    ),
  );
  return [
    '/* PARAM(name, optional, kind, min, max): INTEGER, TEXT (max bytes, 0: any), or OTHER (the method checks it). */\n',
    macro('EACH_METHOD(METHOD) /* symbol, name, summary, level, parameters */', rows),
    ...defaults,
  ].join('');
}

function parameter(value: Value): string[] {
  const { key, kind, formerly } = value;
  const optional = isOptional(value);
  const [is, min, max] =
    kind.is === 'integer'
      ? ['INTEGER', kind.min, kind.max]
      : kind.is === 'text' && kind.named === undefined
        ? ['TEXT', 0, kind.max ?? 0]
        : ['OTHER', 0, 0];
  return [
    `PARAM(${quoted(key)}, ${optional}, ${is}, ${min}, ${max})`,
    ...(formerly ? [`PARAM(${quoted(formerly.key)}, true, OTHER, 0, 0)`] : []),
  ];
}
