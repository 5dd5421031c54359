import { Failed, InvalidInput, VmlaneError } from '../values/errors.js';
import type { Binding } from './binding.js';
import { isNotFound, noDomain, troubleOf } from './errors.js';
import type { DomainInfo, Libvirt, ListedDomain, Nvram, XmlKind } from './interface.js';
import { type DomainState, domainState } from './state.js';
import { virsh, virshWithFile } from './virsh.js';

/** Source: virConnectListAllDomainsFlags, virDomainXMLFlags; the bindings export them as types only. */
const TRANSIENT = 8;
const AUTOSTART = 1024;
const SECURE = 1;
const INACTIVE = 2;

type Handle = Awaited<ReturnType<Binding['domainLookupByName']>>;

/** Keeps an object of the bindings reachable until the operation ends, and returns it. */
type Hold = <T>(object: T) => T;

// The bindings' workers hold bare pointers to the connection and the domain (worker.h): objects of a running call
// must stay reachable, or garbage collection frees them while the worker uses them.
const inUse = new Set<readonly unknown[]>();

/** The bindings behind our interface: names instead of handles, our errors, and a safe close. */
export class Connection implements Libvirt {
  readonly #uri: string;
  readonly #binding: Binding;
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(uri: string, binding: Binding) {
    this.#uri = uri;
    this.#binding = binding;
  }

  async define(xml: string): Promise<void> {
    await this.#operation(`domain XML for ${this.#uri}`, 'define', async (hold) => {
      hold(await this.#binding.domainDefineXML(xml));
    });
  }

  start(name: string): Promise<void> {
    return this.#withDomain(name, (domain) => this.#binding.domainCreate(domain));
  }

  async state(name: string): Promise<DomainState> {
    const info = await this.#withDomain(name, (domain) => this.#binding.domainGetInfo(domain));
    return domainState(info.state);
  }

  xml(name: string): Promise<string> {
    return this.#withDomain(name, (domain) => this.#xmlOf(domain, 'xml'));
  }

  definition(name: string): Promise<string> {
    return this.#withDomain(name, async (domain, hold) => {
      await this.#mustBeDefined(name, hold);
      return this.#xmlOf(domain, 'definition');
    });
  }

  async list(): Promise<DomainInfo[]> {
    return (await this.listXml(() => [])).map(({ info }) => info);
  }

  listXml(kinds: (info: DomainInfo) => readonly XmlKind[]): Promise<ListedDomain[]> {
    return this.#operation(this.#uri, 'other', async (hold) => {
      const domains = hold(await this.#binding.connectListAllDomains());
      // A flag of all domains is asked for at once; few are transient, or start with the host.
      const uuids = async (flag: number) => {
        const some = hold(await this.#binding.connectListAllDomains(flag));
        return new Set(await all(some.map((one) => this.#binding.domainGetUUIDString(one))));
      };
      const [transient, autostart] = [await uuids(TRANSIENT), await uuids(AUTOSTART)];
      const listed = domains.map(async (domain): Promise<ListedDomain | undefined> => {
        try {
          const of = await this.#infoOf(domain);
          const { uuid } = of;
          const info: DomainInfo = {
            ...of,
            persistent: !transient.has(uuid),
            autostart: autostart.has(uuid),
          };
          const found: ListedDomain = { info };
          for (const kind of kinds(info)) found[kind] = await this.#xmlOf(domain, kind);
          return found;
        } catch (error) {
          // Somebody undefined it after the list was made.
          if (isNotFound(error)) return undefined;
          throw error;
        }
      });
      const found = (await all(listed)).filter((one) => one !== undefined);
      return found.sort((a, b) => (a.info.name < b.info.name ? -1 : 1));
    });
  }

  attach(name: string, device: string, persistent: boolean): Promise<void> {
    return this.#plug('attach-device', name, device, persistent);
  }

  detach(name: string, device: string, persistent: boolean): Promise<void> {
    return this.#plug('detach-device', name, device, persistent);
  }

  // By UUID, as #plug.
  autostart(name: string, on: boolean): Promise<void> {
    return this.#withDomain(name, async (domain, hold) => {
      await this.#mustBeDefined(name, hold);
      const uuid = await this.#binding.domainGetUUIDString(domain);
      await virsh(this.#uri, ['autostart', '--domain', uuid, ...(on ? [] : ['--disable'])]);
    });
  }

  shutdown(name: string): Promise<void> {
    return this.#withDomain(name, (domain) => this.#binding.domainShutdown(domain));
  }

  destroy(name: string): Promise<void> {
    return this.#withDomain(name, (domain) => this.#binding.domainDestroy(domain));
  }

  undefine(name: string, nvram?: Nvram): Promise<void> {
    return this.#withDomain(name, async (domain) => {
      if (nvram === undefined) return this.#binding.domainUndefine(domain);
      const uuid = await this.#binding.domainGetUUIDString(domain);
      const flag = nvram === 'keep' ? '--keep-nvram' : '--nvram';
      await virsh(this.#uri, ['undefine', '--domain', uuid, flag]);
    });
  }

  // By UUID: virsh would read a name of digits as a number.
  #plug(
    command: 'attach-device' | 'detach-device',
    name: string,
    device: string,
    persistent: boolean,
  ): Promise<void> {
    const flags = persistent ? ['--live', '--config'] : ['--live'];
    return this.#withDomain(name, async (domain) => {
      const uuid = await this.#binding.domainGetUUIDString(domain);
      await virshWithFile(this.#uri, command, uuid, device, flags);
    });
  }

  // A second virConnectClose would free the connection again: all callers get the first one's promise.
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await guarded(this.#uri, 'other', () => this.#binding.connectClose());
  }

  /** @throws Failed for a transient domain */
  async #mustBeDefined(name: string, hold: Hold): Promise<void> {
    // The bindings cannot ask a single domain whether it is transient; few are.
    const passing = hold(await this.#binding.connectListAllDomains(TRANSIENT));
    const names = await Promise.all(passing.map((one) => this.#binding.domainGetName(one)));
    if (!names.includes(name)) return;
    const problem = 'it is transient: it has no definition and is gone when it stops';
    throw new Failed({ thing: `domain ${name}`, problem, remedy: 'define it first' });
  }

  async #infoOf(domain: Handle): Promise<Omit<DomainInfo, 'persistent' | 'autostart'>> {
    const name = await this.#binding.domainGetName(domain);
    const uuid = await this.#binding.domainGetUUIDString(domain);
    const { state, nrVirtCpu, maxMem } = await this.#binding.domainGetInfo(domain);
    return { name, uuid, state: domainState(state), vcpus: nrVirtCpu, memory: maxMem * 1024 };
  }

  #xmlOf(domain: Handle, kind: XmlKind): Promise<string> {
    return kind === 'xml'
      ? this.#binding.domainGetXMLDesc(domain)
      : this.#binding.domainGetXMLDesc(domain, SECURE | INACTIVE);
  }

  async #withDomain<T>(name: string, act: (domain: Handle, hold: Hold) => Promise<T>): Promise<T> {
    const thing = `domain ${name}`;
    if (name === '' || name.includes('\0')) {
      const problem = 'the name is empty or holds a NUL';
      throw new InvalidInput({ thing, problem, remedy: 'give the name of a domain' });
    }
    return this.#operation(thing, 'other', async (hold) =>
      act(hold(await this.#lookup(name, hold)), hold),
    );
  }

  /** @throws InvalidInput for a name unknown to libvirt, with the nearest known one */
  async #lookup(name: string, hold: Hold): Promise<Handle> {
    try {
      return await this.#binding.domainLookupByName(name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const domains = hold(await this.#binding.connectListAllDomains());
      const known = await Promise.all(domains.map((one) => this.#binding.domainGetName(one)));
      throw noDomain(name, known, error);
    }
  }

  // An operation of ours may have several steps: a close in the middle waits for all of them.
  async #operation<T>(
    thing: string,
    doing: 'define' | 'other',
    act: (hold: Hold) => Promise<T>,
  ): Promise<T> {
    if (this.#closing !== undefined) {
      const problem = `the connection to ${this.#uri} is closed`;
      throw new Failed({ thing, problem, remedy: 'connect again' });
    }
    const held: unknown[] = [this, this.#binding];
    inUse.add(held);
    const result = guarded(thing, doing, () =>
      act((object) => {
        held.push(object);
        return object;
      }),
    );
    this.#running.add(result);
    try {
      return await result;
    } finally {
      this.#running.delete(result);
      inUse.delete(held);
    }
  }
}

/** Results of calls at once. Waits for all also when one fails: until then the bindings use their objects. */
async function all<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

async function guarded<T>(
  thing: string,
  doing: 'define' | 'other',
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof VmlaneError) throw error;
    throw troubleOf(error, thing, doing);
  }
}
