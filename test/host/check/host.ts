/** Hosts to check, as folders that stand for `/`, made from test/data/host-check/NAME.host. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { type Facts, type Purpose, readFacts } from '../../../src/host/check/index.js';
import type { Answer } from '../../../src/system/processes/programs.js';
import type { PathWalk } from '../../../src/values/access.js';

export const FOLDER = join(import.meta.dirname, '../../data/host-check');

/** What a file says, beside what it made below the root. */
interface Said {
  root: string;
  purpose: Purpose;
  /** By command line. */
  programs: Map<string, Answer>;
  /** What is not the folder's own: who runs the tests does not matter. */
  rights: Map<string, { mode: number; uid: number; gid: number }>;
  kvm?: string;
  switch?: NonNullable<Facts['switch']>;
}

/** Makes the host below `root`, which is empty, and reads it. */
export async function factsOf(
  name: string,
  root: string,
  heard: (line: string) => void = () => undefined,
): Promise<Facts> {
  const said: Said = { root, purpose: 'vhost-user', programs: new Map(), rights: new Map() };
  await make(name, said);
  const look = { purpose: said.purpose, socketDir: '/run/vmlane/guests', switch: '/nowhere', root };
  const facts = await readFacts(look, async (program, words) => {
    const line = [program, ...words.map((word) => word.replace(root, '') || '/')].join(' ');
    heard(line);
    const answer =
      said.programs.get(line.replace(/ls -ldn .*/, 'ls -ldn')) ?? said.programs.get(line);
    if (!answer || !line.startsWith('ls ')) return answer ?? { trouble: 'not installed' };
    return 'text' in answer ? { text: answer.text.replaceAll(' /', ` ${root}/`) } : answer;
  });
  const owned = (way: PathWalk): PathWalk => ({
    ...way,
    parts: way.parts.map((part) => {
      const usual = { uid: 0, gid: 0, mode: part.kind === 'folder' ? 0o755 : 0o644 };
      return { ...part, ...(said.rights.get(part.path) ?? usual) };
    }),
  });
  const mounts = facts.pages.mounts.map((one) => ({ ...one, libvirt: owned(one.libvirt) }));
  return {
    ...facts,
    kvm: { open: said.kvm ?? facts.kvm.open, way: owned(facts.kvm.way) },
    pages: { ...facts.pages, mounts },
    sockets: { ...facts.sockets, way: owned(facts.sockets.way) },
    ...(said.switch && { switch: said.switch }),
  };
}

async function make(name: string, said: Said): Promise<void> {
  const lines = readFileSync(join(FOLDER, `${name}.host`), 'utf8').split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    if (line === '' || line.startsWith('#')) continue;
    const block: string[] = [];
    while (lines[at + 1]?.startsWith('  ')) block.push((lines[++at] as string).slice(2));
    const rule = RULES.find(({ form }) => form.test(line));
    if (!rule) throw new Error(`${name}.host: cannot read "${line}"`);
    const [, ...parts] = rule.form.exec(line) as unknown as string[];
    await rule.act(said, parts, block.map((one) => `${one}\n`).join(''));
  }
}

interface Rule {
  form: RegExp;
  act(said: Said, parts: string[], block: string): void | Promise<void>;
}

const RULES: readonly Rule[] = [
  { form: /^include (\S+)$/, act: (said, [name = '']) => make(name, said) },
  {
    form: /^for (vhost-user|sriov)$/,
    act: (said, [purpose]) => {
      said.purpose = purpose as Purpose;
    },
  },
  {
    form: /^kvm (E\w+|usable)$/,
    act: (said, [code = '']) => {
      said.kvm = code;
    },
  },
  {
    form: /^switch none: (.*); (.*)$/,
    act: (said, [problem = '', remedy = '']) => {
      said.switch = { socket: '/run/vmlane/switch.sock', problem, remedy };
    },
  },
  {
    form: /^switch (\S+), (.*), process (\d+):(.*)$/,
    act: (said, [version = '', dpdk = '', pid, ports = '']) => {
      const list = ports.split(' ').filter(Boolean);
      const socket = '/run/vmlane/switch.sock';
      said.switch = { socket, version, dpdk, pid: Number(pid), ports: list };
    },
  },
  {
    form: /^\$ (.*)$/,
    act: (said, [line = ''], text) => {
      said.programs.set(line, text === '' ? { trouble: 'not installed' } : { text });
    },
  },
  {
    form: /^- (\/\S+)$/,
    act: ({ root }, [path = '']) => rmSync(join(root, path), { recursive: true }),
  },
  { form: /^pages (\d+) (\w+) (\d+) (\d+) ?(\d*)$/, act: makePages },
  { form: /^process (\w+) (\S+) (\S+) ?(.*)$/, act: makeProcess },
  {
    form: /^card (\S+) (\w+):(\w+) (\S+) (\S+)(?: (\w+))?(?:, (\d+) of (\d+) VFs)?(?:, node (\d+))?(?:, group (\d+))?$/,
    act: makeCard,
  },
  { form: /^member (\d+) (\S+) (\w+) (\S+)$/, act: makeMember },
  { form: /^vf (\S+) (\d+) (\S+) (\S+) ?(\S*)$/, act: makeVf },
  {
    form: /^(\/\S+) = (\d+) (\d+):(\d+)$/,
    act: ({ rights }, [path = '', mode = '', uid, gid]) => {
      rights.set(path, { mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) });
    },
  },
  {
    form: /^(\/\S+) socket$/,
    act: ({ root }, [path = '']) => makeSocket(join(root, path)),
  },
  { form: /^(\/\S+) -> (\S+)$/, act: ({ root }, [path = '', to = '']) => link(root, path, to) },
  { form: /^(\/\S+) <<$/, act: ({ root }, [path = ''], text) => write(root, path, text) },
  {
    form: /^(\/\S+)\/$/,
    act: ({ root }, [path = '']) => {
      mkdirSync(join(root, path), { recursive: true });
    },
  },
  {
    form: /^(\/[^\s]+?): ?(.*)$/,
    act: ({ root }, [path = '', text]) => write(root, path, `${text}\n`),
  },
];

function makePages(
  { root }: Said,
  [kib, where = '', total = '', free = '', reserved = '']: string[],
) {
  const parent = where === 'all' ? 'kernel/mm' : `devices/system/node/${where}`;
  const folder = `sys/${parent}/hugepages/hugepages-${kib}kB`;
  write(root, `${folder}/nr_hugepages`, total);
  write(root, `${folder}/free_hugepages`, free);
  if (reserved !== '') write(root, `${folder}/resv_hugepages`, reserved);
}

function makeProcess({ root }: Said, [pid = '', name = '', limit = '', line = '']: string[]) {
  const folder = `proc/${pid}`;
  rmSync(join(root, folder, 'limits'), { force: true });
  write(root, `${folder}/comm`, `${name}\n`);
  const fields = Array.from({ length: 20 }, (_, index) => (index === 19 ? 100 : 0));
  write(root, `${folder}/stat`, `${pid} (${name}) ${fields.join(' ')}\n`);
  write(root, `${folder}/limits`, `Max locked memory         ${limit}    ${limit}    bytes\n`);
  write(
    root,
    `${folder}/cmdline`,
    line
      .split(' ')
      .map((word) => `${word}\0`)
      .join(''),
  );
  if (!existsSync(join(root, folder, 'ns'))) link(root, `${folder}/ns/pid`, 'pid:[1]');
}

function makeCard({ root }: Said, parts: (string | undefined)[]) {
  const [address = '', vendor, device, driver, name = '', state, now, most, node, group] = parts;
  const folder = `sys/bus/pci/devices/${address}`;
  rmSync(join(root, folder), { recursive: true, force: true });
  write(root, `${folder}/class`, '0x020000\n');
  write(root, `${folder}/vendor`, `0x${vendor}\n`);
  write(root, `${folder}/device`, `0x${device}\n`);
  write(root, `${folder}/numa_node`, `${node ?? -1}\n`);
  link(root, `${folder}/driver`, `../../drivers/${driver}`);
  if (most !== undefined) write(root, `${folder}/sriov_totalvfs`, `${most}\n`);
  if (now !== undefined) write(root, `${folder}/sriov_numvfs`, `${now}\n`);
  if (group !== undefined) joinGroup(root, address, group);
  if (name === '-') return;
  rmSync(join(root, 'sys/class/net', name), { recursive: true, force: true });
  write(root, `sys/class/net/${name}/operstate`, `${state}\n`);
  link(root, `sys/class/net/${name}/device`, `../../../bus/pci/devices/${address}`);
}

function makeVf({ root }: Said, [pf = '', number = '', address = '', driver, name]: string[]) {
  const folder = `sys/bus/pci/devices/${address}`;
  write(root, `${folder}/class`, '0x020000\n');
  link(root, `${folder}/driver`, `../../drivers/${driver}`);
  link(root, `${folder}/physfn`, `../${pf}`);
  link(root, `sys/bus/pci/devices/${pf}/virtfn${number}`, `../${address}`);
  if (name) link(root, `sys/class/net/${name}/device`, `../../../bus/pci/devices/${address}`);
}

function makeMember({ root }: Said, [group = '', address = '', code, driver]: string[]) {
  const folder = `sys/bus/pci/devices/${address}`;
  write(root, `${folder}/class`, `${code}\n`);
  link(root, `${folder}/driver`, `../../drivers/${driver}`);
  joinGroup(root, address, group);
}

function joinGroup(root: string, address: string, group: string) {
  link(
    root,
    `sys/bus/pci/devices/${address}/iommu_group`,
    `../../../../kernel/iommu_groups/${group}`,
  );
  mkdirSync(join(root, `sys/kernel/iommu_groups/${group}/devices/${address}`), { recursive: true });
}

/** Stays open as long as the tests run, and holds nobody up. */
function makeSocket(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve();
    });
  });
}

function write(root: string, path: string, text: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function link(root: string, path: string, to: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(to, join(root, path));
}
