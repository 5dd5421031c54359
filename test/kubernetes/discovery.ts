/** What an API server tells kubectl of the kinds that it has: those that Kubernetes 1.34 publishes, and KubeVirt's. */
import { type PublishedKind, publishedKinds } from './published.js';

type Kind = Omit<PublishedKind, 'type'>;

// Written here: its types are in no package that tests have.
const kubevirt = (kind: string, plural: string): Kind => ({
  ...{ group: 'kubevirt.io', version: 'v1', kind, plural, namespaced: true },
});

let kinds: Kind[] | undefined;

/** The answer to a GET of the path, if that is one of discovery's. */
export function discovered(path: string): object | undefined {
  if (!/^\/apis?(\/|$)/.test(path)) return undefined;
  kinds ??= [
    ...publishedKinds(),
    kubevirt('VirtualMachine', 'virtualmachines'),
    kubevirt('KubeVirt', 'kubevirts'),
  ];
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') {
    const groups = new Set(kinds.map(({ group }) => group).filter((group) => group !== ''));
    return {
      ...{ kind: 'APIGroupList', apiVersion: 'v1' },
      groups: [...groups].map((name) => groupOf(name, kinds ?? [])),
    };
  }
  const there = kinds.filter((one) => path === placeOf(one));
  if (there.length === 0) return undefined;
  return {
    ...{ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: versionOf(there[0] as Kind) },
    resources: there.map(({ kind, plural, namespaced }) => ({
      ...{ name: plural, singularName: '', namespaced, kind },
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update'],
    })),
  };
}

function groupOf(name: string, all: Kind[]): object {
  const own = all.filter(({ group }) => group === name);
  const versions = [...new Set(own.map(({ version }) => version))].map((version) => ({
    ...{ groupVersion: `${name}/${version}`, version },
  }));
  return { name, versions, preferredVersion: versions.at(-1) };
}

function versionOf({ group, version }: Kind): string {
  return group === '' ? version : `${group}/${version}`;
}

function placeOf(one: Kind): string {
  return `/${one.group === '' ? 'api' : 'apis'}/${versionOf(one)}`;
}
