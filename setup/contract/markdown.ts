/** The tables of native/PROTOCOL.md. */
import type { Contract, Value } from './model.js';
import { isOptional } from './model.js';

/** The document with new tables. Throws Error for a table without a place, or a place without a table. */
export function withTables(document: string, contract: Contract): string {
  const tables = tablesOf(contract);
  const placed = new Set<string>();
  const text = document.replace(
    /(<!-- contract: (.+?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => {
      const table = tables.get(name);
      if (table === undefined) throw new Error(`PROTOCOL.md: there is no table "${name}"`);
      placed.add(name);
      return `${begin}${table}${end}`;
    },
  );
  const missing = [...tables.keys()].filter((name) => !placed.has(name));
  if (missing.length > 0) {
    throw new Error(
      `PROTOCOL.md: no place for ${missing.map((name) => `"${name}"`).join(', ')}; write <!-- contract: NAME --> and <!-- end -->`,
    );
  }
  return text;
}

function tablesOf(contract: Contract): Map<string, string> {
  const { limits, types, objects, methods, events, reasons, errors, settings } = contract;
  const tables = new Map<string, string>();
  tables.set(
    'limits',
    table(
      ['limit', 'of'],
      Object.values(limits).map(({ value, meaning }) => [grouped(value), meaning]),
    ),
  );
  tables.set(
    'types',
    table(
      ['name', 'shape'],
      Object.entries(types).map(([name, { shape, values }]) => [
        spelt(name),
        values ? `${values.map(word).join(' \\| ')}: ${shape}` : shape,
      ]),
    ),
  );
  const port = objects.find(({ name }) => name === 'port')?.values ?? [];
  tables.set('port', table(['key', 'type', 'meaning'], port.flatMap(answerRow)));
  tables.set(
    'switch settings',
    table(
      ['key', 'range', 'default', 'meaning'],
      settings.switch.map((value) => [
        `\`${value.key}\``,
        range(value),
        spoken(value.default),
        value.describe ?? '',
      ]),
    ),
  );
  for (const { name, summary, level, params, result } of methods) {
    const own = typeof result === 'string' ? objectNamed(objects, result) : result;
    const asked =
      params.length > 0
        ? `\n${table(['parameter', 'type', 'when left out', 'meaning'], params.flatMap(paramRow))}`
        : '';
    const given = table(['result', 'type', 'meaning'], own.flatMap(answerRow));
    const parts = partsOf(own, objects).map(
      ({ name: of, values }) =>
        `\n${table([spelt(of), 'type', 'meaning'], values.flatMap(answerRow))}`,
    );
    tables.set(
      name,
      `${sentence(summary)}Level: \`${level}\`.\n${asked}\n${given}${parts.join('')}`,
    );
  }
  tables.set(
    'levels',
    table(
      ['level', 'methods'],
      (types.client_level?.values ?? []).map((level) => [
        `\`${level}\``,
        methods
          .filter((method) => method.level === level)
          .map(({ name }) => `\`${name}\``)
          .join(', '),
      ]),
    ),
  );
  tables.set(
    'event',
    table(['key', 'type', 'meaning'], objectNamed(objects, 'switch_event').flatMap(answerRow)),
  );
  tables.set(
    'events',
    table(
      ['event', 'meaning'],
      Object.entries(events).map(([name, { meaning }]) => [`\`${name}\``, meaning]),
    ),
  );
  tables.set(
    'drop reasons',
    table(
      ['reason', 'counted at', 'meaning'],
      Object.entries(reasons).map(([name, { side, meaning }]) => [
        `\`${name}\``,
        SIDES[side],
        meaning,
      ]),
    ),
  );
  tables.set(
    'errors',
    table(
      ['code', 'meaning'],
      Object.values(errors).map(({ code, meaning }) => [String(code), meaning]),
    ),
  );
  return tables;
}

const SIDES = {
  receiver: 'the destination port',
  sender: 'the source port',
  device: 'a device',
};

/** Objects with tables elsewhere. */
const ELSEWHERE = ['port', 'settings'];

/** The objects in an answer, nested ones included. */
function partsOf(values: readonly Value[], objects: Contract['objects']): Contract['objects'] {
  return values.flatMap(({ kind }) => {
    const inner = kind.is === 'list' ? kind.of : kind;
    if (inner.is !== 'object' || ELSEWHERE.includes(inner.name)) return [];
    const found = objects.filter(({ name }) => name === inner.name);
    return [...found, ...found.flatMap((one) => partsOf(one.values, objects))];
  });
}

function objectNamed(objects: Contract['objects'], wanted: string): readonly Value[] {
  const found = objects.find(({ name }) => name === wanted);
  if (!found) throw new Error(`${wanted}: no such object`);
  return found.values;
}

function answerRow(value: Value): string[][] {
  const { key, null: absent, optional, formerly, meaning, describe } = value;
  const notes = [
    meaning ?? describe ?? '',
    ...(absent === undefined ? [] : [`null: ${absent}`]),
    ...(optional === undefined ? [] : [`missing: ${optional}`]),
  ].filter((note) => note !== '');
  const type = `${typeText(value)}${absent === undefined ? '' : ' \\| null'}`;
  return [[`\`${key}\``, type, notes.join('; ')], ...(formerly ? [formerRow(value)] : [])];
}

function paramRow(value: Value): string[][] {
  const { key, null: absent, optional, default: standard, formerly, meaning, describe } = value;
  const missing = isOptional(value) ? (optional ?? spoken(standard)) : 'refused';
  const type = `${typeText(value)}${absent === undefined ? '' : ' \\| null'}`;
  const row = [`\`${key}\``, type, missing, meaning ?? describe ?? ''];
  if (!formerly) return [row];
  const [name = '', kind = '', note = ''] = formerRow(value);
  return [row, [name, kind, '', note]];
}

function formerRow(value: Value): string[] {
  const { key, formerly } = value;
  const values = Object.entries(formerly?.values ?? {});
  const how = values.map(([now, before]) => `${word(before)} for ${word(now)}`).join(', ');
  const type =
    values.length > 0 ? values.map(([, before]) => word(before)).join(' \\| ') : typeText(value);
  return [
    `\`${formerly?.key}\``,
    type,
    `deprecated, removed in the next version: \`${key}\` by its former name${how ? `, ${how}` : ''}`,
  ];
}

function typeText(value: Value): string {
  const { type, kind } = value;
  if (kind.is === 'word' && !kind.named) return kind.values.map(word).join(' \\| ');
  if (type === 'count') return 'integer';
  if (type === 'integer') return `integer ${range(value)}`;
  if (kind.is === 'list' && kind.of.is === 'list') return 'list of lists of integers';
  if (kind.is === 'list' && kind.of.is === 'text') return 'list of strings';
  if (type === 'counts') return 'object of integers';
  if (type === 'text')
    return kind.is === 'text' && kind.max ? `string, up to ${kind.max} bytes` : 'string';
  return spelt(type);
}

function range({ kind }: Value): string {
  return kind.is === 'integer' ? `${grouped(kind.min)}–${grouped(kind.max ?? 0)}` : '';
}

const spoken = (value: unknown) =>
  typeof value === 'string'
    ? word(value)
    : typeof value === 'number'
      ? grouped(value)
      : String(value);
const grouped = (n: number) => n.toLocaleString('en-US');
const word = (text: string) => `\`"${text}"\``;
const spelt = (name: string) =>
  name
    .replaceAll('_', ' ')
    .replace(/^mac$/, 'MAC')
    .replace(/^vlan$/, 'VLAN');
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.\n`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return (
    line(head) + line(head.map(() => '---')).replaceAll(' --- ', '---') + rows.map(line).join('')
  );
}
