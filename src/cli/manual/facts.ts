/** What several pages say: exit codes, variables and files, each with the commands that it is for. */
import { DEFAULT_CONTROL_SOCKET } from '../../contract/bounds.js';
import { HOOK_PATHS } from '../../host/hook/file.js';
import { FOLDER_VARIABLE, SETTINGS_FOLDER } from '../../host/wrap/settings/index.js';
import { INTERFACES, NETWORKS } from '../../networks/records.js';
import { savedPath } from '../../sriov/persist/files.js';
import { filesBeside } from '../../switch/beside.js';
import { SWITCH_SETTINGS_FILE } from '../../switch/settings-file.js';
import { GUEST_FOLDER } from '../../values/socket-path.js';
import type { Command } from '../command.js';

type Terms = readonly (readonly [term: string, text: string])[];

/** The same for all commands; the README's table has them, too. */
export const EXIT_CODES: Terms = [
  ['0', 'done, or nothing to do'],
  ['1', 'valid input, but the operation failed'],
  [
    '2',
    'wrong usage or input, such as a port, domain or NIC that does not exist; nothing was changed',
  ],
];

interface Fact {
  term: string;
  text: string;
  /** Commands that have this option, or whose words begin with these. */
  option?: string;
  begins?: readonly string[];
}

const ENVIRONMENT: readonly Fact[] = [
  { term: 'VMLANE_SWITCH', text: "the switch's control socket", option: 'control-socket' },
  {
    term: 'VMLANE_SWITCH_TIMEOUT',
    text: 'seconds that the switch has for an answer, for machines on which it waits long for its processor',
    option: 'control-socket',
  },
  {
    term: 'VMLANE_HOST_TIMEOUT',
    text: 'seconds that another host has for an answer, connecting included; 30 by default',
    begins: ['switch ports', 'switch top', 'doctor'],
  },
  {
    term: 'VMLANE_SWITCH_BINARY',
    text: 'the program vhost-switch',
    begins: ['switch start', 'host setup'],
  },
  { term: 'LIBVIRT_DEFAULT_URI', text: "libvirt's URI", option: 'connect' },
  { term: FOLDER_VARIABLE, text: `another folder than ${SETTINGS_FOLDER}`, begins: ['wrap'] },
  {
    term: 'XDG_RUNTIME_DIR',
    text: 'folder for locks of who is not root',
    begins: ['domain apply', 'network', 'switch settings'],
  },
  { term: 'NO_COLOR', text: 'no colours on a terminal', begins: [''] },
  { term: 'VMLANE_DEBUG', text: '1: errors come with the place where they happened', begins: [''] },
];

const own = filesBeside(DEFAULT_CONTROL_SOCKET);

const FILES: readonly Fact[] = [
  { term: DEFAULT_CONTROL_SOCKET, text: "the switch's control socket", option: 'control-socket' },
  {
    term: `${GUEST_FOLDER}/GUEST/NIC.sock`,
    text: "guests' sockets",
    begins: ['domain', 'switch add', 'relay', 'hook', 'wrap', 'host setup', 'host check'],
  },
  {
    term: SWITCH_SETTINGS_FILE,
    text: 'options of the switch that hold at every start',
    begins: ['switch start', 'switch settings', 'relay import', 'host setup', 'host plan'],
  },
  { term: own.state, text: 'ports, for a restart', begins: ['switch start'] },
  { term: own.log, text: 'the log of a switch in the background', begins: ['switch start'] },
  { term: NETWORKS, text: "the switch's networks", begins: ['network', 'switch start'] },
  {
    term: INTERFACES,
    text: 'interfaces of this host that are ports',
    begins: ['network', 'switch add', 'switch start'],
  },
  {
    term: `/${savedPath({ address: 'PF' })}`,
    text: 'VFs that are made at every boot',
    begins: ['sriov persist', 'sriov restore'],
  },
  ...Object.entries(HOOK_PATHS).map(([driver, path]) => ({
    term: `/${path}`,
    text: `libvirt's hook of its ${driver} driver`,
    begins: ['hook'],
  })),
  { term: `${SETTINGS_FOLDER}/wrap.yaml`, text: "qemu-wrap's settings", begins: ['wrap'] },
  {
    term: `${SETTINGS_FOLDER}/wrap.d/*.yaml`,
    text: 'more of them, in alphabetical order',
    begins: ['wrap'],
  },
];

/** The same of qemu-wrap, which reads what `vmlane wrap` reads. */
export const wrapFacts: { environment: Terms; files: Terms } = {
  environment: ofWrap(ENVIRONMENT),
  files: ofWrap(FILES),
};

/** Rows that are for commands of `wrap` alone. */
function ofWrap(facts: readonly Fact[]): Terms {
  return facts
    .filter(({ begins = [] }) => begins.length === 1 && begins[0] === 'wrap')
    .map(({ term, text }) => [term, text]);
}

/** Variables that these commands read. */
export function environmentOf(commands: readonly Command[]): Terms {
  return of(ENVIRONMENT, commands);
}

/** Files that these commands read or write by themselves. */
export function filesOf(commands: readonly Command[]): Terms {
  return of(FILES, commands);
}

function of(facts: readonly Fact[], commands: readonly Command[]): Terms {
  return facts
    .filter((fact) => commands.some((command) => isFor(fact, command)))
    .map(({ term, text }) => [term, text]);
}

function isFor({ option, begins = [] }: Fact, { options, path }: Command): boolean {
  const line = path.join(' ');
  const named = begins.some((one) => one === '' || line === one || line.startsWith(`${one} `));
  return named || (option !== undefined && option in options);
}
