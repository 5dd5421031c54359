import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KEYS, loadSettings } from '../../../../src/host/wrap/settings/index.js';
import { OFFLOADS } from '../../../../src/qemu/policy.js';
import { VmlaneError } from '../../../../src/values/errors.js';
import { settingsFolder } from '../../../wrap/settings/folder.js';

const KNOWN = `known here: ${KEYS.join(', ')}`;
const NICS = 'give virtio, vhost or a list such as [{mac: "52:54:00:12:34:56"}, {tap: vnet0}]';
const MEMORY = 'give memfd, huge, keep or the folder of a hugetlbfs';
const WORDS = 'give a list of words, such as ["-cpu", "host"]';
const PLAIN =
  "emulator: is not on a plain line, which is all that is read when libvirt probes; write 'emulator: /PATH' at the line's very beginning, no quotes, no comment behind it";
const LONG = `/run/${'x'.repeat(103)}`;

// The file's text, and the message after "FOLDER/wrap.yaml: ".
const FILES: [string, string][] = [
  // Keys.
  ['nisc: vhost', 'unknown key "nisc"; did you mean "nics"?'],
  ['socketdir: /run', 'unknown key "socketdir"; did you mean "socketDir"?'],
  ['socket_dir: /run', 'unknown key "socket_dir"; did you mean "socketDir"?'],
  ['vhost_options: []', 'unknown key "vhost_options"; did you mean "vhostOptions"?'],
  ['emul_path: /usr/bin/qemu', `unknown key "emul_path"; ${KNOWN}, guests`],
  ['hugetlbfs: /dev/hugepages', `unknown key "hugetlbfs"; ${KNOWN}, guests`],
  ['Switch: /run/s', 'unknown key "Switch"; did you mean "switch"?'],
  ['guest: {}', 'unknown key "guest"; did you mean "guests"?'],
  ['guests: {web: {nisc: vhost}}', 'guests.web: unknown key "nisc"; did you mean "nics"?'],
  ['guests: {web: {guests: {}}}', `guests.web: unknown key "guests"; ${KNOWN}`],
  ['switch: /a\nswitch: /b', 'line 2: the key is there twice; remove one'],
  // Shape.
  ['- a', `got a list; give a mapping of: ${KEYS.join(', ')}, guests`],
  ['nonsense', `got "nonsense"; give a mapping of: ${KEYS.join(', ')}, guests`],
  ['guests: web', 'guests: got "web"; give a mapping of guests, by name or UUID'],
  ['guests: [web]', 'guests: got a list; give a mapping of guests, by name or UUID'],
  ['guests: {web: }', `guests.web: is empty; give a mapping of: ${KEYS.join(', ')}`],
  [
    'a: [',
    'line 1: Flow sequence in block collection must be sufficiently indented and end with a ]; write YAML 1.2 or JSON',
  ],
  [
    'switch: *nobody',
    'Unresolved alias (the anchor must be set before the alias): nobody; write the values out instead of using aliases',
  ],
  // The emulator, which bash reads, too.
  ['emulator: "/usr/bin/qemu"', PLAIN],
  ["emulator: '/usr/bin/qemu'", PLAIN],
  ['"emulator": /usr/bin/qemu', PLAIN],
  ['{emulator: /usr/bin/qemu}', PLAIN],
  ['emulator: /usr/bin/qemu # ours', PLAIN],
  ['emulator: /usr/bin/my qemu', PLAIN],
  ['emulator:\n  /usr/bin/qemu', PLAIN],
  ['emulator: &here /usr/bin/qemu', PLAIN],
  ['switch: /a\r\nemulator: /usr/bin/qemu\r\n', PLAIN],
  ['emulator: qemu', 'emulator: "qemu" is not absolute; give a path that begins with /'],
  [
    'emulator: /usr/bin/../qemu',
    'emulator: "/usr/bin/../qemu" is not normalised; write "/usr/qemu"',
  ],
  ['emulator: false', 'emulator: got false; give an absolute path'],
  // Paths.
  ['switch: switch.sock', 'switch: "switch.sock" is not absolute; give a path that begins with /'],
  [`switch: ${LONG}`, 'switch: is 108 bytes long; give a path of at most 107 bytes'],
  ['switch: 5', 'switch: got 5; give an absolute path'],
  ['socketDir: /run/vmlane/', 'socketDir: "/run/vmlane/" is not normalised; write "/run/vmlane"'],
  ['socketDir: ""', 'socketDir: is empty; give a path that begins with /'],
  ['log: true', 'log: got true; give an absolute path'],
  ['log: "/var/log/a\\nb"', 'log: holds a control character; remove it'],
  ['log: /', 'log: names the root folder; name a file'],
  // NICs.
  ['nics: all', `nics: got "all"; ${NICS}`],
  ['nics: true', `nics: got true; ${NICS}`],
  ['nics: [net0]', 'nics[0]: got "net0"; give a mapping of: mac, id, tap'],
  ['nics: [{}]', 'nics[0]: has none of mac, id, tap; give exactly one of mac, id, tap'],
  ['nics: [{id: a, tap: b}]', 'nics[0]: has id and tap; give exactly one of mac, id, tap'],
  [
    'nics: [{mca: a}]',
    'nics[0]: unknown key "mca"; did you mean "mac"? (and 1 more problem in this file)',
  ],
  ['nics: [{mac: 52:54}]', 'nics[0].mac: got "52:54"; give six octets, such as 52:54:00:12:34:56'],
  ['nics: [{tap: vnet0123456789abc}]', 'nics[0].tap: is 17 bytes long; keep it to 15 bytes'],
  // Words.
  [
    'backend: vhostuser',
    'backend: got "vhostuser"; give vhost-user or vhost-net or vhostfd or tap-fd',
  ],
  ['listener: us', 'listener: got "us"; give qemu or switch'],
  ['fewPages: abort', 'fewPages: got "abort"; give refuse or memfd'],
  ['prealloc: true', 'prealloc: got true; give huge or always or as-given'],
  ['allGuests: yes', 'allGuests: got "yes"; give true or false'],
  ['memory: hugepages', `memory: got "hugepages"; ${MEMORY}`],
  ['memory: false', `memory: got false; ${MEMORY}`],
  [
    'memory: /dev/hugepages/',
    'memory: "/dev/hugepages/" is not normalised; write "/dev/hugepages"',
  ],
  ['pageSize: 2M', 'pageSize: got "2M"; give a size with its unit, such as 256MiB or 4GiB'],
  // Numbers.
  ['reconnectSeconds: 0', 'reconnectSeconds: got 0; give a whole number, 1 to 3600'],
  ['reconnectSeconds: 1.5', 'reconnectSeconds: got 1.5; give a whole number, 1 to 3600'],
  ['node: -1', 'node: is negative (-1); give a whole number, 0 to 1023'],
  ['node: one', 'node: got "one"; give a whole number, 0 to 1023'],
  // Lists.
  ['keepOffloads: none', 'keepOffloads: got "none"; give all or a list'],
  ['keepOffloads: [tso]', `keepOffloads[0]: got "tso"; give any of ${OFFLOADS.join(', ')}`],
  ['options: -cpu host', `options: got "-cpu host"; ${WORDS}`],
  ['options: [-m, 1]', 'options[1]: got 1; give a line of text'],
  ['vhostOptions: {a: b}', `vhostOptions: got a mapping; ${WORDS}`],
  ['options: ["a\\0b"]', 'options[0]: holds a control character; write it on one line'],
  // Patterns.
  ['device: vhost', 'device: "vhost" is not absolute; give a path that begins with /'],
  [
    'device: /dev/{gest}',
    'device: has an unknown place "{gest}"; the places are {guest}, {netdev}, {index} and {queue}',
  ],
  [
    'fdFile: /sys/{tap}',
    'fdFile: has an unknown place "{tap}"; the places are {guest}, {netdev}, {index} and {queue}',
  ],
  // What belongs together.
  ['backend: vhostfd', 'backend: vhostfd needs device, which is not set; set device beside it'],
  ['backend: tap-fd', 'backend: tap-fd needs fdFile, which is not set; set fdFile beside it'],
  // Several.
  [
    'nisc: a\nbackend: b',
    'unknown key "nisc"; did you mean "nics"? (and 1 more problem in this file)',
  ],
];

const VARIABLES: [Record<string, string>, string][] = [
  [
    { VMLANE_SWITCH: 'switch.sock' },
    'VMLANE_SWITCH: "switch.sock" is not absolute; give a path that begins with /',
  ],
  [
    { VMLANE_SOCKET_DIR: '/run/../tmp' },
    'VMLANE_SOCKET_DIR: "/run/../tmp" is not normalised; write "/tmp"',
  ],
  [{ VMLANE_EMULATOR: '/bin/\nqemu' }, 'VMLANE_EMULATOR: holds a control character; remove it'],
  [{ VMLANE_HUGEPAGES: 'yes' }, `VMLANE_HUGEPAGES: got "yes"; ${MEMORY}`],
  [
    { VMLANE_HUGEPAGE: '/dev/hugepages' },
    'VMLANE_HUGEPAGE: unknown variable; did you mean VMLANE_HUGEPAGES?',
  ],
  [{ VMLANE_NIC: 'vhost' }, 'VMLANE_NIC: unknown variable; did you mean VMLANE_NICS?'],
  [{ VMLANE_OPTIONS: '-cpu host' }, `VMLANE_OPTIONS: got "-cpu host"; ${WORDS}`],
  [
    { VMLANE_OPTIONS: '["-cpu"' },
    'VMLANE_OPTIONS: line 1: Flow sequence must end with a ]; write YAML 1.2 or JSON',
  ],
  [
    { VMLANE_NICS: '[{mca: a}]' },
    'VMLANE_NICS: [0]: unknown key "mca"; did you mean "mac"? (and 1 more problem in this file)',
  ],
  [{ VMLANE_NODE: 'one' }, 'VMLANE_NODE: got "one"; give a whole number, 0 to 1023'],
  [
    { VMLANE_BACKEND: 'vhostfd' },
    'VMLANE_BACKEND: backend: vhostfd needs device, which is not set; set device beside it',
  ],
];

async function refusal(env: Record<string, string>): Promise<string> {
  try {
    await loadSettings(env, {});
  } catch (error) {
    if (error instanceof VmlaneError && error.exitCode === 2) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('refuses a file with', () => {
  test.each(FILES)('%j', async (text, message) => {
    const folder = settingsFolder({ 'wrap.yaml': text });
    const file = join(folder, 'wrap.yaml');
    expect(await refusal({ VMLANE_SETTINGS: folder })).toBe(`${file}: ${message}`);
  });
});

describe('refuses', () => {
  test.each(VARIABLES)('%j', async (env, message) => {
    expect(await refusal({ VMLANE_SETTINGS: '/nonexistent', ...env })).toBe(message);
  });

  test('a file that is a folder, which is no fault of its content', async () => {
    const folder = settingsFolder({ 'wrap.d/a.yaml/x': '' });
    await expect(loadSettings({ VMLANE_SETTINGS: folder }, {})).rejects.toThrow(
      `${folder}/wrap.d/a.yaml: the settings cannot be read (EISDIR); `,
    );
  });
});
