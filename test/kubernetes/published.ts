/**
 * What Kubernetes publishes of its types: whether an object is of one (each key is one of the type's, with a value of
 * its kind), and which kinds a server has. The types are those of @kubernetes/client-node, which are generated from the
 * OpenAPI document of Kubernetes 1.34.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as k8s from '@kubernetes/client-node';

const GENERATED = join(import.meta.dirname, '../../node_modules/@kubernetes/client-node/dist/gen');

interface Attribute {
  name: string;
  baseName: string;
  type: string;
  format: string;
}

/** What a type is: one of these, or none, which takes anything. */
export interface Shape {
  list?: string;
  map?: string;
  basic?: 'string' | 'number' | 'boolean';
  /** A number or a text. */
  either?: true;
  fields?: Attribute[];
}

/** A kind that clients may make at a path of its own. */
export interface PublishedKind {
  group: string;
  version: string;
  kind: string;
  plural: string;
  namespaced: boolean;
  /** As `V1DaemonSet`. */
  type: string;
}

/** @throws Error if no such type is published */
export function shapeOf(type: string): Shape {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) return { list };
  const map = /^\{ \[key: string\]: (.*?);? \}$/.exec(type)?.[1];
  if (map !== undefined) return { map };
  if (type === 'any' || type === 'object') return {};
  if (type === 'IntOrString') return { either: true };
  // Texts in JSON.
  if (type === 'Date' || type === 'V1MicroTime') return { basic: 'string' };
  if (type === 'string' || type === 'number' || type === 'boolean') return { basic: type };
  const model = Reflect.get(k8s, type) as { getAttributeTypeMap?(): Attribute[] } | undefined;
  if (!model?.getAttributeTypeMap) throw new Error(`no type ${type} is published`);
  return { fields: model.getAttributeTypeMap() };
}

/** What is wrong with it, `path: problem`; nothing for a good one. `type`: as `V1DaemonSet`. */
export function wrongWith(value: unknown, type: string, path = ''): string[] {
  const at = path || type;
  const { list, map, basic, fields } = shapeOf(type);
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${at}: no list`];
    return value.flatMap((one, i) => wrongWith(one, list, `${at}[${i}]`));
  }
  if (basic !== undefined)
    return typeof value === basic ? [] : [`${at}: ${JSON.stringify(value)} is no ${basic}`];
  if (map === undefined && fields === undefined) return [];
  if (typeof value !== 'object' || value === null) return [`${at}: no mapping`];
  return Object.entries(value).flatMap(([key, one]) => {
    const inner = map ?? fields?.find(({ baseName }) => baseName === key)?.type;
    return inner === undefined
      ? [`${at}.${key}: no such field`]
      : wrongWith(one, inner, `${at}.${key}`);
  });
}

/** The fields that an object of the type must have. Only the declarations of the types tell. */
export function requiredOf(type: string, fields: Attribute[]): string[] {
  const declared = readFileSync(join(GENERATED, 'models', `${type}.d.ts`), 'utf8');
  const required = new Set([...declared.matchAll(/^ {4}'(\w+)': /gm)].map(([, name]) => name));
  return fields.filter(({ name }) => required.has(name)).map(({ baseName }) => baseName);
}

/** Every kind of a stable version; a server has the others only if it is told to. */
export function publishedKinds(): PublishedKind[] {
  const made =
    /async create(?:Namespaced)?(\w+)\(.*?localVarPath = '([^']+)'.*?serialize\(body, "(\w+)"/gs;
  const place = /^\/(?:api|apis\/([^/]+))\/(v\d+)\/(namespaces\/\{namespace\}\/)?([^/{}]+)$/;
  const files = readdirSync(join(GENERATED, 'apis')).filter((name) => name.endsWith('Api.js'));
  return files.flatMap((file) => {
    const text = readFileSync(join(GENERATED, 'apis', file), 'utf8');
    return [...text.matchAll(made)].flatMap(([, kind = '', path = '', type = '']) => {
      const [found, group = '', version = '', within, plural = ''] = place.exec(path) ?? [];
      const namespaced = within !== undefined;
      return found === undefined ? [] : [{ group, version, kind, plural, namespaced, type }];
    });
  });
}
