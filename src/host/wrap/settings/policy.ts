import type { Backend, HugePages, MemorySource, Policy } from '../../../qemu/policy.js';
import { sizeBytes } from '../../../values/bytes.js';
import { InvalidInput } from '../../../values/errors.js';
import type { Effective, Key } from './values.js';

/** The settings as the rewriting takes them. @throws InvalidInput if the back end lacks a setting that it needs */
export function policyOf(found: Effective): Policy {
  return {
    nics: value(found, 'nics'),
    backend: backendOf(found),
    keepOffloads: value(found, 'keepOffloads'),
    memory: {
      source: sourceOf(found),
      prealloc: value(found, 'prealloc'),
      allGuests: value(found, 'allGuests'),
    },
    extra: { always: value(found, 'options'), rewritten: value(found, 'vhostOptions') },
  };
}

/** A setting that must have a value, because it has a default or the back end needs it. */
export function value<K extends Key>(found: Effective, key: K): NonNullable<Effective[K]['value']> {
  const given = found[key].value;
  if (given !== null) return given;
  const { value: backend, source } = found.backend;
  const problem = `${backend} needs ${key}, which is not set`;
  throw new InvalidInput({ thing: `${source}: backend`, problem, remedy: `set ${key} beside it` });
}

function backendOf(found: Effective): Backend {
  const kind = value(found, 'backend');
  switch (kind) {
    case 'vhost-net':
      return { kind };
    case 'vhostfd':
      return { kind, device: value(found, 'device') };
    case 'tap-fd': {
      const enableFile = found.enableFile.value;
      return {
        kind,
        fdFile: value(found, 'fdFile'),
        vhost: value(found, 'vhost'),
        ...(enableFile && { enableFile }),
      };
    }
    case 'vhost-user':
      return {
        kind,
        socketDir: value(found, 'socketDir'),
        listener: value(found, 'listener'),
        reconnectSeconds: value(found, 'reconnectSeconds'),
        otherMacs: value(found, 'otherMacs'),
      };
  }
}

function sourceOf(found: Effective): MemorySource {
  const memory = value(found, 'memory');
  if (memory === 'keep' || memory === 'memfd') return { kind: memory };
  const pageSize = found.pageSize.value;
  const node = found.node.value;
  const huge: HugePages = { kind: 'huge', otherwise: value(found, 'fewPages') };
  if (memory !== 'huge') huge.folder = memory;
  if (pageSize !== null) huge.pageSize = sizeBytes(pageSize);
  if (node !== null) huge.node = node;
  return huge;
}
