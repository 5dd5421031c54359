/** A container's network namespace: looked at and changed by `ip` in there, without a shell and without links. */
import { type PresentInterface, parseInterfaces } from '../../networks/index.js';
import { runApart } from '../../system/processes/apart.js';
import { networkAt } from '../../system/processes/namespaces.js';
import { shellWords } from '../../values/shell.js';
import { CniError, CODE } from '../call/error.js';
import type { Ip, Route } from '../call/result.js';

const IP_MS = 30_000;

/** Of `ip`'s words in there; `refused` is the kernel's message. */
async function ipIn(
  netns: string,
  words: readonly string[],
): Promise<{ stdout: string; refused?: string }> {
  const ran = await runApart('nsenter', [`--net=${netns}`, '--', 'ip', ...words], {
    env: { LC_ALL: 'C' },
    timeout: IP_MS,
  });
  if (ran.exitCode === 0) return { stdout: ran.stdout };
  const said = ran.stderr
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^RTNETLINK answers: /, '');
  return { stdout: '', refused: said || ran.shortMessage };
}

async function must(netns: string, words: readonly string[]): Promise<string> {
  const { stdout, refused } = await ipIn(netns, words);
  if (refused === undefined) return stdout;
  throw failed(netns, words, refused);
}

function failed(netns: string, words: readonly string[], refused: string): CniError {
  const thing = `${shellWords(['ip', ...words])} in ${netns}`;
  return new CniError(CODE.failed, { thing, problem: refused, remedy: '' });
}

/** @throws CniError unless it is a network namespace, and not this host's */
export function mustBeNetwork(netns: string): void {
  const found = networkAt(netns);
  if (found === 'other') return;
  const thing = `CNI_NETNS ${netns}`;
  if (found === 'missing') {
    const remedy = 'the container may have ended';
    throw new CniError(CODE.unknownContainer, { thing, problem: 'is not there', remedy });
  }
  const problem = found === 'own' ? "is this host's own" : 'is no namespace';
  const remedy = 'give a path such as /run/netns/NAME or /proc/PID/ns/net';
  throw new CniError(CODE.environment, { thing, problem, remedy });
}

/** @throws CniError */
export async function interfaceIn(
  netns: string,
  ifname: string,
): Promise<PresentInterface | undefined> {
  const text = await must(netns, ['-json', '-details', 'address', 'show']);
  return parseInterfaces(text).find(({ name }) => name === ifname);
}

/** Gives an interface its addresses and routes, and switches it on. @throws CniError */
export async function configure(
  netns: string,
  ifname: string,
  { ips, routes }: { ips: readonly Ip[]; routes: readonly Route[] },
): Promise<void> {
  // Whoever gives addresses knows that nobody else has them: no need to wait for DAD.
  for (const { address } of ips)
    await must(netns, [
      'address',
      'add',
      address,
      'dev',
      ifname,
      ...(isV6(address) ? ['nodad'] : []),
    ]);
  await must(netns, ['link', 'set', 'dev', ifname, 'up']);
  for (const route of routes) {
    const words = routeWords(ifname, route, ips);
    const { refused } = await ipIn(netns, words);
    // That of the container's first interface stays, as with the reference plugins.
    if (refused !== undefined && refused !== 'File exists') throw failed(netns, words, refused);
  }
}

/** Whether a route that ADD has made is there, in whatever table a later plugin has moved it to. @throws CniError */
export async function hasRoute(netns: string, { dst, table }: Route): Promise<boolean> {
  const family = isV6(dst) ? '-6' : '-4';
  const where = ['table', table === undefined ? 'all' : String(table)];
  const { stdout } = await ipIn(netns, ['-json', family, 'route', 'show', 'exact', dst, ...where]);
  const found: { type?: string }[] = stdout === '' ? [] : JSON.parse(stdout);
  // Not those that the kernel makes for addresses: of type local, broadcast and others.
  return found.some(({ type = 'unicast' }) => type === 'unicast');
}

/** A route without a gateway has that of the addresses, as the reference plugins do it. */
function routeWords(ifname: string, route: Route, ips: readonly Ip[]): string[] {
  const gateway = route.gw ?? ips.find((ip) => isV6(ip.address) === isV6(route.dst))?.gateway;
  const words = ['route', 'add', route.dst];
  if (gateway !== undefined) words.push('via', gateway);
  words.push('dev', ifname);
  for (const [word, value] of [
    ['metric', route.priority],
    ['table', route.table],
    ['scope', route.scope],
    ['mtu', route.mtu],
    ['advmss', route.advmss],
  ] as const)
    if (value !== undefined) words.push(word, String(value));
  return words;
}

function isV6(address: string): boolean {
  return address.includes(':');
}
