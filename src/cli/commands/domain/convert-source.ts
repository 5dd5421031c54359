/** Where `vmlane domain convert` has a domain from, and the switch that its NICs come to. */
import type { AttachedNetwork } from '../../../domain/index.js';
import type { ConnectedHost } from '../../../guests/host.js';
import { libvirtUri } from '../../../libvirt/uri.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { readInput } from '../../../system/input.js';
import { InvalidInput } from '../../../values/errors.js';
import type { Io } from '../../io.js';
import { withHost } from './host.js';

/** A domain's XML, and what its host's switch says if it is asked. */
export interface Source {
  xml: string;
  /** libvirt's URI; empty: the XML is of a file. */
  uri: string;
  /** @throws InvalidInput if only the domain's own host knows */
  networks(): Promise<readonly AttachedNetwork[]>;
  /** Bytes of a frame; undefined: the switch does not run, or cannot be asked. */
  maxFrame(): Promise<number | undefined>;
}

interface SourceValues {
  FILE?: string | undefined;
  domain?: string | undefined;
  connect?: string | undefined;
  'control-socket'?: string | undefined;
}

/** A file is for this host's switch; a domain of another host's libvirt is for the switch there. */
export async function withSource<T>(
  values: SourceValues,
  io: Io,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const { FILE, domain, connect } = values;
  if ((FILE === undefined) === (domain === undefined)) {
    const problem = FILE === undefined ? 'neither FILE nor --domain' : 'both FILE and --domain';
    const remedy = 'give one of them';
    throw new InvalidInput({ thing: 'vmlane domain convert', problem, remedy });
  }
  if (FILE !== undefined) {
    const socket = controlSocketPath(values['control-socket'], io.env);
    // A byte order mark is written back.
    const xml = await readInput(FILE, io, { mark: 'kept' });
    const networks = () => networksHere(socket);
    return work({ xml, uri: '', networks, maxFrame: () => maxFrameHere(socket) });
  }
  const name = domain ?? '';
  const uri = libvirtUri(connect, io.env);
  return withHost({ ...values, connect: uri }, io, async (host) =>
    work({
      ...{ xml: await host.libvirt.definition(name), uri },
      networks: () => networksOf(host, name),
      maxFrame: async () => (await (await host.reach()).client?.info())?.max_frame,
    }),
  );
}

async function networksHere(socket: string) {
  const { networksWithMtu } = await import('../../../networks/index.js');
  return networksWithMtu(socket);
}

async function networksOf(host: ConnectedHost, name: string) {
  const found = await host.networks?.();
  if (found) return found;
  throw new InvalidInput({
    thing: `domain ${name}`,
    problem: "its host's networks are known only there, or by ssh (qemu+ssh)",
    remedy: 'run this there, or give --network none',
  });
}

async function maxFrameHere(socket: string): Promise<number | undefined> {
  const { reachSwitch } = await import('../../../guests/host.js');
  const { client } = await reachSwitch(socket);
  try {
    return (await client?.info())?.max_frame;
  } finally {
    client?.close();
  }
}
