/** Names that exist now, for completions: asked for quickly, changing nothing, and with the rights of who types. */
import { isRemote, libvirtUri } from '../../libvirt/uri.js';
import { controlSocketPath } from '../../switch/paths.js';
import type { Names } from '../command.js';

/** What may stand for a word, and what it is. */
export interface Candidate {
  word: string;
  what: string;
}

/** What a command line says already about where names are. */
export interface Where {
  env: NodeJS.ProcessEnv;
  /** Values of its options, by name. */
  values: Readonly<Record<string, string>>;
}

/** Names of one kind. Rejects if whoever has them does not answer. */
export type Ask = (names: Exclude<Names, 'file'>, where: Where) => Promise<Candidate[]>;

/** Asks the switch, libvirt, and this host. */
export const ask: Ask = (names, where) => SOURCES[names](where);

const SOURCES: Readonly<Record<Exclude<Names, 'file'>, (where: Where) => Promise<Candidate[]>>> = {
  domain: (where) => virshNames(['list', '--all', '--name'], where),
  'libvirt-network': (where) => virshNames(['net-list', '--all', '--name'], where),
  port: async (where) => {
    const ports = await portsOf(where);
    return ports.map(({ name, state, path }) => ({ word: name, what: `${state}, ${path ?? ''}` }));
  },
  relay: async (where) => {
    const { relaysOf } = await import('../../relays/view.js');
    return relaysOf(await portsOf(where)).map(({ name }) => ({ word: name, what: 'relay' }));
  },
  network: async ({ env, values }) => {
    const { networksOf } = await import('../../networks/records.js');
    const all = networksOf(controlSocketPath(values['control-socket'], env));
    return all.map(({ name, vlan }) => ({ word: name, what: `VLAN ${vlan}` }));
  },
  pf: async (where) => {
    const pfs = await pfsOf(where);
    return pfs.flatMap(({ address, count, nets }) => {
      const what = `${count} VFs`;
      return [...nets.map(({ name }) => ({ word: name, what })), { word: address, what }];
    });
  },
  vf: async (where) => {
    const pfs = await pfsOf(where);
    return [...vfsOf(pfs), ...addressesOf(pfs)];
  },
  'vf-address': async (where) => addressesOf(await pfsOf(where)),
  interface: async ({ values }) => {
    const { lookAt } = await import('../../system/look/index.js');
    const names = lookAt(values.root ?? '/').names('/sys/class/net');
    return names.map((word) => ({ word, what: 'interface' }));
  },
  example: async () => {
    const { listExamples } = await import('../../guests/examples.js');
    return listExamples().map(({ name, what }) => ({ word: name, what }));
  },
  topic: async () => {
    const { topics } = await import('../topics/index.js');
    return topics.map(({ name, summary }) => ({ word: name, what: summary }));
  },
};

async function virshNames(words: string[], { env, values }: Where): Promise<Candidate[]> {
  const { virsh } = await import('../../libvirt/virsh.js');
  // Who may only look is not asked for a password.
  const uri = libvirtUri(values.connect, env);
  // Another host may ask for a password, at the terminal on which somebody is typing.
  if (isRemote(uri)) return [];
  const names = await virsh(uri, ['--readonly', ...words]);
  return names
    .split('\n')
    .filter((name) => name !== '')
    .map((word) => ({ word, what: words[0] === 'list' ? 'domain' : 'network of libvirt' }));
}

async function portsOf({ env, values }: Where) {
  const { SwitchClient } = await import('../../switch/client.js');
  const client = await SwitchClient.connect(controlSocketPath(values['control-socket'], env));
  try {
    return await client.ports();
  } finally {
    client.close();
  }
}

async function pfsOf({ values }: Where) {
  const { readPfs } = await import('../../system/devices/vfs.js');
  return readPfs(values.root ?? '/');
}

type Pfs = Awaited<ReturnType<typeof pfsOf>>;

function vfsOf(pfs: Pfs): Candidate[] {
  return pfs.flatMap(({ nets, vfs }) =>
    nets.flatMap(({ name }) =>
      vfs.map(({ index, address }) => ({ word: `${name}/${index}`, what: address })),
    ),
  );
}

function addressesOf(pfs: Pfs): Candidate[] {
  return pfs.flatMap(({ nets, address: pf, vfs }) =>
    vfs.map(({ index, address }) => ({ word: address, what: `${nets[0]?.name ?? pf}/${index}` })),
  );
}
