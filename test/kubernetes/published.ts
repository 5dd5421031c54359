/**
 * Whether an object is of a published type of Kubernetes: each key is one of the type's, with a value of its kind. The
 * types are those of @kubernetes/client-node, which are generated from the OpenAPI document of Kubernetes 1.34.
 */
import * as k8s from '@kubernetes/client-node';

interface Attribute {
  baseName: string;
  type: string;
}

/** What is wrong with it, `path: problem`; nothing for a good one. `type`: as `V1DaemonSet`. */
export function wrongWith(value: unknown, type: string, path = ''): string[] {
  const at = path || type;
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${at}: no list`];
    return value.flatMap((one, i) => wrongWith(one, list, `${at}[${i}]`));
  }
  const map = /^\{ \[key: string\]: (.*?);? \}$/.exec(type)?.[1];
  if (map !== undefined) {
    if (typeof value !== 'object' || value === null) return [`${at}: no mapping`];
    return Object.entries(value).flatMap(([key, one]) => wrongWith(one, map, `${at}.${key}`));
  }
  if (type === 'any' || type === 'object' || type === 'IntOrString' || type === 'Date') return [];
  if (['string', 'number', 'boolean'].includes(type))
    return typeof value === type ? [] : [`${at}: ${JSON.stringify(value)} is no ${type}`];
  const model = Reflect.get(k8s, type) as { getAttributeTypeMap?(): Attribute[] } | undefined;
  if (!model?.getAttributeTypeMap) return [`${at}: no type ${type} is published`];
  if (typeof value !== 'object' || value === null) return [`${at}: no mapping`];
  const attributes = new Map(model.getAttributeTypeMap().map((one) => [one.baseName, one.type]));
  return Object.entries(value).flatMap(([key, one]) => {
    const inner = attributes.get(key);
    return inner === undefined
      ? [`${at}.${key}: no such field`]
      : wrongWith(one, inner, `${at}.${key}`);
  });
}
