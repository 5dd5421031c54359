/**
 * The published types as an API server's `/openapi/v2` has them for kubectl: an OpenAPI document in protobuf, by the
 * message types of gnostic (openapiv2/OpenAPIv2.proto). It has definitions and no paths, so it names no parameter
 * `fieldValidation`: kubectl then does not leave the check of fields to the server, but does it itself.
 */
import { publishedKinds, requiredOf, shapeOf } from './published.js';

/** Numbers of the fields that are used, all of them texts or messages. */
const DOCUMENT = { swagger: 1, definitions: 9 };
const SCHEMA = {
  ...{ reference: 1, format: 2, required: 19, additionalProperties: 21, type: 22, items: 23 },
  ...{ properties: 25, vendorExtension: 31 },
};
/** Of NamedSchema and NamedAny, of Any, and of the messages that have nothing else. */
const NAMED = { name: 1, value: 2 };
const ANY = { yaml: 2 };
const ONLY = 1;

let made: Buffer | undefined;

/** The document. */
export function openApi(): Buffer {
  made ??= documentOf();
  return made;
}

function documentOf(): Buffer {
  const kinds = new Map(publishedKinds().map((one) => [one.type, one]));
  const wanted = new Set(kinds.keys());
  const definitions: Buffer[] = [];
  // What these have in them comes to the set while it is gone through.
  for (const type of wanted) {
    const { fields = [] } = shapeOf(type);
    const properties = fields.map((one) =>
      entry(one.baseName, schemaOf(one.type, one.format, wanted)),
    );
    const kind = kinds.get(type);
    const schema = [
      field(SCHEMA.type, field(ONLY, 'object')),
      ...requiredOf(type, fields).map((name) => field(SCHEMA.required, name)),
      field(SCHEMA.properties, listOf(properties)),
    ];
    if (kind) {
      const yaml = JSON.stringify([{ group: kind.group, version: kind.version, kind: kind.kind }]);
      const extension = entry('x-kubernetes-group-version-kind', field(ANY.yaml, yaml));
      schema.push(field(SCHEMA.vendorExtension, extension));
    }
    definitions.push(entry(type, Buffer.concat(schema)));
  }
  return Buffer.concat([
    field(DOCUMENT.swagger, '2.0'),
    field(DOCUMENT.definitions, listOf(definitions)),
  ]);
}

/** A Schema of the type; a type with fields is referred to, and wanted. */
function schemaOf(type: string, format: string, wanted: Set<string>): Buffer {
  const { list, map, basic, either, fields } = shapeOf(type);
  const is = (name: string) => field(SCHEMA.type, field(ONLY, name));
  const inner = (of: string) => field(ONLY, schemaOf(of, format, wanted));
  if (list !== undefined) return Buffer.concat([is('array'), field(SCHEMA.items, inner(list))]);
  if (map !== undefined)
    return Buffer.concat([is('object'), field(SCHEMA.additionalProperties, inner(map))]);
  if (fields) {
    wanted.add(type);
    return field(SCHEMA.reference, `#/definitions/${type}`);
  }
  if (either) return Buffer.concat([is('string'), field(SCHEMA.format, 'int-or-string')]);
  if (basic === undefined) return Buffer.alloc(0);
  return is(basic === 'number' && format.startsWith('int') ? 'integer' : basic);
}

/** A list of named schemas, as Properties and Definitions are. */
function listOf(entries: Buffer[]): Buffer {
  return Buffer.concat(entries.map((one) => field(ONLY, one)));
}

function entry(name: string, value: Buffer): Buffer {
  return Buffer.concat([field(NAMED.name, name), field(NAMED.value, value)]);
}

/** A field of protobuf's: its number and kind, its length, its bytes. */
function field(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
