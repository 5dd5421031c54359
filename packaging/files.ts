/**
 * What debian/rules and rpm/vmlane.spec have made from other sources, each of which is its only author. In a copy of the
 * checkout `files.mjs write` makes for Debian the units, accounts and folders (src/host/setup/packaged.ts) and names of
 * packages (setup/packages); `place SWITCH VMLANE` the first of these where rpm's packages have it; `licenses` those of
 * what is bundled; `changelog` debian/changelog; `own-node` says whether the package has a Node.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PACKAGED_ACCOUNT } from '../src/host/setup/accounts.js';
import { PACKAGED_FOLDERS, packagedFiles } from '../src/host/setup/packaged.js';
import { PACKAGED_UNIT } from '../src/host/setup/switch-unit.js';
import { INSTALLED } from '../src/switch/paths.js';
import { dependencies, hasOwnNode, release } from './names.js';

const packageJson = JSON.parse(readFileSync('package.json', 'utf8'));

/** A program or a link: packaging/install. */
const NODE = `${INSTALLED}/node`;

/** Debian's names for what is installed under them by debhelper. */
const BY_DEBHELPER: Record<string, string> = {
  [PACKAGED_UNIT]: 'vmlane.vmlane-switch.service',
  [PACKAGED_ACCOUNT]: 'vhost-switch.vmlane.sysusers',
  [PACKAGED_FOLDERS]: 'vhost-switch.vmlane.tmpfiles',
};

/** @throws Error for a path that has none */
function debhelperName(path: string): string {
  const name = BY_DEBHELPER[path];
  if (name === undefined) throw new Error(`${path}: debhelper needs a name for it`);
  return name;
}

function write(): void {
  for (const [path, text] of Object.entries(packagedFiles(NODE))) {
    writeFileSync(`debian/${debhelperName(path)}`, text);
  }
  const dpdk = execFileSync('dpkg-query', ['--search', '*/librte_mempool_ring.so.[0-9]*'], {
    encoding: 'utf8',
  });
  const abi = /^librte-mempool-ring([\d.]+)/.exec(dpdk)?.[1] ?? '';
  const list = readFileSync('setup/packages', 'utf8');
  for (const name of ['vhost-switch', 'vmlane']) {
    const lines = ['depends', 'recommends', 'suggests'].map((kind) => {
      const names = dependencies(list, name, kind).map((one) => one.replace('@ABI@', abi));
      const nodejs = `nodejs (${packageJson.engines.node.replace('>=', '>= ')})`;
      if (name === 'vmlane' && kind === 'depends' && !hasOwnNode()) names.push(nodejs);
      return `vmlane:${kind[0]?.toUpperCase()}${kind.slice(1)}=${names.join(', ')}\n`;
    });
    writeFileSync(`build/${name}.names`, lines.join(''));
  }
}

function place(folders: Record<string, string | undefined>): void {
  for (const [path, text] of Object.entries(packagedFiles(NODE))) {
    const [name = ''] = debhelperName(path).split('.');
    const target = `${folders[name]}${path}`;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

/** The notices of what the bundles are made of, and of Node. */
function licenses(): string {
  const seen = new Set<string>();
  const text: string[] = [];
  const add = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    const folder = `node_modules/${name}`;
    const of = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    const files = readdirSync(folder).filter((one) => /^(licen[cs]e|copying|notice)/i.test(one));
    const notices = files.map((one) => readFileSync(`${folder}/${one}`, 'utf8').trim());
    text.push([`== ${name} ${of.version}: ${of.license}`, ...notices].join('\n\n'));
    // The bindings' other dependencies build them.
    const next = name === '@unraid/libvirt' ? ['xml2js'] : Object.keys(of.dependencies ?? {});
    for (const one of next) add(one);
  };
  for (const name of Object.keys(packageJson.dependencies)) add(name);
  text.push(`== in the page of vmlane web\n\n${readFileSync('dist/web/licenses.txt', 'utf8')}`);
  if (hasOwnNode()) {
    const node = readFileSync('/usr/share/doc/nodejs/copyright', 'utf8');
    text.push(`== Node.js ${process.version}, and what it is made of\n\n${node}`);
  }
  return `${text.join('\n\n')}\n`;
}

function changelog(): void {
  const date = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000);
  const [day, number, month, year, time] = date.toUTCString().replace(',', '').split(' ');
  const version = `${packageJson.version}+deb${release()}`;
  const lines = [
    `vmlane (${version}) unstable; urgency=medium`,
    '  * What changed: CHANGELOG.md of the sources.',
    ` -- vmlane maintainers <vmlane@packages.debian.org>  ${day}, ${number} ${month} ${year} ${time} +0000`,
  ];
  writeFileSync('debian/changelog', `${lines.join('\n\n')}\n`);
}

const [, , what, ofSwitch, ofVmlane] = process.argv;
if (what === 'write') write();
else if (what === 'place') place({ 'vhost-switch': ofSwitch, vmlane: ofVmlane });
else if (what === 'licenses') writeFileSync('build/third-party.txt', licenses());
else if (what === 'changelog') changelog();
else if (what === 'own-node') process.stdout.write(hasOwnNode() ? 'yes' : '');
else throw new Error(`${what}: unknown`);
