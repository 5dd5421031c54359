/** src/contract/{bounds,types,answers}.ts, before they are formatted. */
import type { Contract, Kind, Method, Value } from './model.js';
import { isOptional } from './model.js';

const HEAD =
  '// Generated from native/protocol.yaml by `npm run generate`; change that, not this.\n\n';

const pascal = (name: string) =>
  name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
const camel = (name: string) => pascal(name).replace(/^./, (letter) => letter.toLowerCase());
const doc = (text: string | undefined) =>
  text ? `/** ${text.charAt(0).toUpperCase()}${text.slice(1).replaceAll('*/', '* /')} */\n` : '';
const json = (value: unknown) => JSON.stringify(value);

/** Numbers and words; imports nothing, so that importing a bound is cheap. */
export function bounds(contract: Contract): string {
  const { types, limits, settings, events, reasons, errors, methods } = contract;
  const named = Object.entries(types).flatMap(([name, { pattern, symbol, shape: _, ...bound }]) => {
    const pairs = Object.entries(bound).map(([key, value]) => `${key}: ${json(value)}`);
    if (pattern) pairs.unshift(`pattern: /${pattern}/`);
    if (pairs.length === 0) return [];
    return [
      `/** ${capital(name.replaceAll('_', ' '))}. */\nexport const ${(symbol ?? name).toUpperCase()} = { ${pairs.join(', ')} } as const;\n\n`,
    ];
  });
  const limitPairs = Object.entries(limits).map(
    ([name, { value, meaning }]) => `${doc(meaning)}${name}: ${value},\n`,
  );
  const reasonPairs = Object.entries(reasons).map(
    ([name, { side, meaning }]) => `${name}: { side: '${side}', meaning: ${json(meaning)} },\n`,
  );
  const eventPairs = Object.entries(events).map(
    ([name, { meaning }]) => `'${name}': { meaning: ${json(meaning)} },\n`,
  );
  const errorPairs = Object.entries(errors).map(
    ([name, { code, meaning }]) => `${doc(meaning)}${name}: ${code},\n`,
  );
  return [
    HEAD,
    '/** The protocol version of both sides. */\n',
    `export const PROTOCOL_VERSION = ${contract.protocol};\n\n`,
    '/** Where a switch listens by default. */\n',
    `export const DEFAULT_CONTROL_SOCKET = ${json(contract.control_socket)};\n\n`,
    "/** Folder of the device nodes of macvtaps that are ports: root's. */\n",
    `export const DEVICE_NODES = ${json(contract.device_nodes)};\n\n`,
    "/** How names of static relays' ports begin. */\n",
    `export const STATIC_PORTS = ${json(contract.static_ports)};\n\n`,
    `/** Limits of the protocol. */\nexport const LIMITS = {
${limitPairs.join('')}} as const;\n\n`,
    ...named,
    '/** Settings of a port. `fixed`: only in port.add. */\n',
    `export const PORT_SETTINGS = {${settings.port.map(settingPair).join('')}} as const;\n\n`,
    '/** Settings of a switch: at its start, and changed while it runs. */\n',
    `export const SWITCH_SETTINGS = {${settings.switch.map(settingPair).join('')}} as const;\n\n`,
    '/** Bounds of the parameters other than settings. */\n',
    `export const PARAMETERS = {${methods.map((method) => parameterPairs(method, settings.port)).join('')}} as const;\n\n`,
    '/** The least level that a client needs to call each method. */\n',
    `export const METHOD_LEVELS = {${methods.map(({ name, level }) => `'${name}': '${level}',\n`).join('')}} as const;\n\n`,
    '/** Why a frame was dropped, and where this is counted: at its receiver, its sender or a device. */\n',
    `export const DROP_REASONS = {${reasonPairs.join('')}} as const;\n\n`,
    `/** What happens in a switch, for who watches it. */\nexport const EVENTS = {${eventPairs.join('')}} as const;\n\n`,
    `/** Error codes. */\nexport const ERRORS = {
${errorPairs.join('')}} as const;\n`,
  ].join('');
}

function settingPair(value: Value): string {
  const { key, kind, default: standard, fixed, describe, meaning, unit, formerly } = value;
  const parts = [
    ...(kind.is === 'integer' ? [`min: ${kind.min}, max: ${kind.max}`] : []),
    ...(standard === undefined ? [] : [`default: ${json(standard)}`]),
    ...(fixed ? ['fixed: true'] : []),
    ...(unit ? [`unit: ${json(unit)}`] : []),
    `describe: ${json(capital(describe ?? meaning ?? ''))}`,
    ...(formerly ? [`formerly: ${json(formerly)}`] : []),
  ];
  return `${key}: { ${parts.join(', ')} },\n`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function parameterPairs({ name, params }: Method, settings: readonly Value[]): string {
  const own = params.flatMap(({ key, kind, default: standard, describe, meaning }) => {
    if (kind.is !== 'integer' || settings.some((one) => one.key === key && name !== 'fdb.list'))
      return [];
    if (name === 'switch.set') return [];
    const parts = [
      `min: ${kind.min}, max: ${kind.max}`,
      ...(standard === undefined ? [] : [`default: ${json(standard)}`]),
      `describe: ${json(capital(describe ?? meaning ?? ''))}`,
    ];
    return [`${key}: { ${parts.join(', ')} }`];
  });
  return own.length > 0 ? `'${name}': { ${own.join(', ')} },\n` : '';
}

/** Types of parameters and answers. */
export function types({ types: named, objects, methods }: Contract): string {
  const words = Object.entries(named).flatMap(([name, { values, shape }]) =>
    values ? [`${doc(shape)}export type ${pascal(name)} = ${union(values)};\n\n`] : [],
  );
  const answers = objects.map(
    ({ name, meaning, values }) =>
      `${doc(meaning)}export interface ${pascal(name)} {
${values.map(answerKey).join('')}}\n\n`,
  );
  const asked = methods.flatMap(({ name, takes, params }) =>
    takes
      ? [
          `/** Parameters of ${name}. */\nexport interface ${takes} {
${params.map(paramKey).join('')}}\n\n`,
        ]
      : [],
  );
  const params = methods.map(
    ({ name, takes }) => `'${name}': ${takes ?? 'Record<string, never>'};\n`,
  );
  const results = methods.map(({ name, result }) => `'${name}': ${resultType(result)};\n`);
  return [
    HEAD,
    ...words,
    ...answers,
    ...asked,
    `/** Parameters by method. */\nexport interface Params {${params.join('')}}\n\n`,
    `/** Results by method. */\nexport interface Results {${results.join('')}}\n\n`,
    '/** Methods of the protocol. */\nexport type MethodName = keyof Params;\n',
  ].join('');
}

const union = (values: readonly string[]) => values.map((word) => `'${word}'`).join(' | ');

function resultType(result: Method['result']): string {
  if (typeof result === 'string') return pascal(result);
  return `{ ${result.map((value) => `${value.key}${value.optional ? '?' : ''}: ${typeOf(value.kind)};`).join(' ')} }`;
}

function typeOf(kind: Kind): string {
  switch (kind.is) {
    case 'integer':
    case 'number':
      return 'number';
    case 'text':
      return 'string';
    case 'boolean':
      return 'boolean';
    case 'counts':
      return 'Record<string, number>';
    case 'word':
      return kind.named ? pascal(kind.named) : union(kind.values);
    case 'list':
      return `${typeOf(kind.of)}[]`;
    default:
      return pascal(kind.name);
  }
}

function answerKey(value: Value): string {
  const { key, kind, later, optional, null: absent, formerly, meaning } = value;
  const notes = [
    ...(absent === undefined ? [] : [`null: ${absent}`]),
    ...(optional === undefined ? [] : [`absent: ${optional}`]),
    ...(later ? ['absent: the switch is too old'] : []),
  ].map((note) => `; ${note}`);
  const type = `${typeOf(kind)}${absent === undefined ? '' : ' | null'}`;
  const text = `${meaning ?? value.describe ?? ''}${notes.join('')}`;
  const before = formerly
    ? `/** @deprecated for one version: see ${key} */\n${formerly.key}?: ${formerType(value)};\n`
    : '';
  return `${doc(text.replace(/^; /, ''))}${key}${later || optional ? '?' : ''}: ${type};\n${before}`;
}

function formerType({ kind, formerly }: Value): string {
  return formerly?.values ? union(Object.values(formerly.values)) : typeOf(kind);
}

function paramKey(value: Value): string {
  const { key, kind, null: absent, formerly, default: standard, optional } = value;
  const bound = kind.is === 'integer' && kind.max !== undefined ? [`${kind.min}–${kind.max}`] : [];
  const notes = [
    ...bound,
    ...(absent === undefined ? [] : [`null: ${absent}`]),
    ...(standard === undefined || standard === null ? [] : [`${standard} unless said`]),
    ...(optional === undefined ? [] : [`absent: ${optional}`]),
  ].map((note) => `; ${note}`);
  const text = `${value.meaning ?? value.describe ?? ''}${notes.join('')}`;
  const type = `${typeOf(kind)}${absent === undefined ? '' : ' | null'}`;
  const before = formerly
    ? `/** @deprecated for one version: see ${key} */\n${formerly.key}?: ${formerType(value)};\n`
    : '';
  return `${doc(text)}${key}${isOptional(value) ? '?' : ''}: ${type};\n${before}`;
}

/** zod checks of the answers. */
export function answers({ objects, methods }: Contract): string {
  const imported = new Set<string>();
  const use = (name: string) => {
    imported.add(name);
    return name;
  };
  const checkOf = (kind: Kind): string => {
    switch (kind.is) {
      case 'integer':
        return use('count');
      case 'number':
        return use('amount');
      case 'text':
        return use('text');
      case 'boolean':
        return use('flag');
      case 'counts':
        return use('counts');
      case 'word':
        return `${use('oneOf')}(${kind.values.map((word) => `'${word}'`).join(', ')})`;
      case 'list':
        return `${use('listOf')}(${checkOf(kind.of)})`;
      default:
        return camel(kind.name);
    }
  };
  const pairs = (values: readonly Value[]) =>
    values.flatMap(({ key, kind, later, optional, null: absent, formerly }) => {
      const inner = absent === undefined ? checkOf(kind) : `${use('nullable')}(${checkOf(kind)})`;
      const pair = `${key}: ${later || optional ? `${use('perhaps')}(${inner})` : inner}`;
      if (!formerly) return [pair];
      const before = formerly.values
        ? `${use('oneOf')}(${Object.values(formerly.values)
            .map((word) => `'${word}'`)
            .join(', ')})`
        : checkOf(kind);
      return [pair, `${formerly.key}: ${use('perhaps')}(${before})`];
    });
  const renames = (values: readonly Value[]) => {
    const former = values.flatMap(({ key, formerly }) =>
      formerly ? [`${key}: ${json(formerly)}`] : [],
    );
    return former.length > 0 ? `, { ${former.join(', ')} }` : '';
  };
  const object = (values: readonly Value[]) =>
    `${use('object')}({ ${pairs(values).join(', ')} }${renames(values)})`;
  // An object comes after the objects it contains.
  const written = sorted(objects).map(
    ({ name, values }) => `const ${camel(name)} = ${object(values)};\n\n`,
  );
  const table = methods.map(
    ({ name, result }) =>
      `'${name}': ${typeof result === 'string' ? camel(result) : object(result)},\n`,
  );
  return [
    HEAD,
    `import { type Check, ${[...imported].sort().join(', ')} } from './check.js';\n`,
    "import type { MethodName, Results, SwitchEvent } from './types.js';\n\n",
    ...written,
    "/** The check of each method's result. */\n",
    `export const answers: { readonly [M in MethodName]: Check<Results[M]> } = {${table.join('')}};\n\n`,
    '/** The check of what a switch says unasked. */\n',
    'export const eventCheck: Check<SwitchEvent> = switchEvent;\n',
  ].join('');
}

function sorted(objects: Contract['objects']): Contract['objects'] {
  const done: Contract['objects'] = [];
  const visit = (object: Contract['objects'][number]) => {
    if (done.includes(object)) return;
    for (const { kind } of object.values) {
      const inner = kind.is === 'list' ? kind.of : kind;
      const needed = objects.find((one) => inner.is === 'object' && one.name === inner.name);
      if (needed) visit(needed);
    }
    done.push(object);
  };
  for (const object of objects) visit(object);
  return done;
}
