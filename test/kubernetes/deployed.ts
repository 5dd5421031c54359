/** What deploy/ has for a cluster: manifests, as they are, and the chart's templates with its values put in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const TEMPLATES = 'helm/vmlane/templates';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  // biome-ignore lint/suspicious/noExplicitAny: as the manifest has it
  spec?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  [key: string]: any;
}

/** A file of deploy/. */
export function deployed(file: string): string {
  return readFileSync(join(DEPLOY, file), 'utf8');
}

/** @throws the parser's error */
export function documents(text: string): Manifest[] {
  return parseAllDocuments(text).map((one) => {
    for (const error of one.errors) throw error;
    return one.toJS();
  });
}

/** The files of deploy/kubernetes; `kubevirt.yaml` is a part of an object and no manifest. */
export function manifestFiles(): string[] {
  return readdirSync(join(DEPLOY, 'kubernetes')).filter((file) => file !== 'kubevirt.yaml');
}

export function manifests(file: string): Manifest[] {
  return documents(deployed(`kubernetes/${file}`));
}

/** The chart's texts. helm is not in Debian: the templates use nothing but values, and so need none. */
export function rendered(): string[] {
  const values = parse(deployed('helm/vmlane/values.yaml'));
  return readdirSync(join(DEPLOY, TEMPLATES)).map((file) => {
    const filled = deployed(`${TEMPLATES}/${file}`).replace(
      /\{\{ \.(\w+)\.([\w.]+) \}\}/g,
      (_, of, path) => {
        const from = of === 'Values' ? values : { Namespace: 'vmlane' };
        const value = path
          .split('.')
          .reduce((at: object, key: string) => Reflect.get(at, key), from);
        if (value === undefined) throw new Error(`${file}: no value ${path}`);
        return String(value);
      },
    );
    if (filled.includes('{{')) throw new Error(`${file}: has what only helm can do`);
    return filled;
  });
}
