/**
 * src/system is the only reader of /proc, /sys and /etc.
 *
 * How this is known: a file is opened by node:fs or by nobody, so what does not import node:fs opens nothing.
 * Outside of src/system it is imported by the files of this list alone, each for what it opens, which is none
 * of the host's facts. A search for texts such as '/proc' would miss what is joined from parts and would find
 * messages; a guard at run time would see only what a test happens to run. A file that comes to need node:fs
 * fails here, and its author decides: ask src/system, or stand here with a reason. One that no longer needs it
 * fails, too, so that the list stays true.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Files outside of src/system that open files, and what they open. */
const OPENS: Record<string, string> = {
  'cli/bundle.ts': 'the bundle of the command line, and what is compiled of it',
  'cli/commands/domain/generate.ts': 'the file that is to be written',
  'cli/commands/host/check.ts': 'the folder that the user names as --root',
  'cli/compile.ts': 'the same while the package is built, and a temporary folder',
  'cli/manual/main.ts': 'the folder of the manual while the package is built',
  'cli/pack.ts': 'the bundle while the package is built',
  'cli/parser.ts': 'package.json of this package',
  'guests/apply/read.ts': 'specs and domain XML that the user names',
  'guests/examples.ts': 'templates of this package',
  'guests/laid.ts': 'the sockets of the switch as QEMU finds them',
  'guests/seed.ts': "images of cloud-init, beside the guests' disks",
  'guests/start-facts.ts': 'the folders of sockets and huge pages as who starts a guest finds them',
  'guests/validate.ts': 'whether what the user names is a folder',
  'guests/wrap.ts': 'the wrapper that a domain names',
  'host/hook/install.ts': "libvirt's hook, which it writes",
  'host/hook/status.ts': 'the programs that the hook runs',
  'host/setup/programs.ts': 'whether a program of this package is built',
  'host/setup/selinux.ts': 'templates of this package',
  'host/wrap/installation.ts': "the wrapper's own files, and Node",
  'host/wrap/rules.ts': 'templates of this package',
  'host/wrap/settings/files.ts': "qemu-wrap's settings, in /etc/vmlane or where the user says",
  'libvirt/virsh.ts': 'a temporary file for virsh',
  'metrics/textfile.ts': 'the file of metrics that the user names',
  'networks/nodes.ts': 'device nodes of macvtaps, which it makes',
  'serve/http.ts': 'the socket that it listens on',
  'serve/token.ts': 'the token that the user names',
  'sriov/persist/files.ts': 'templates of this package',
  'sriov/persist/install.ts': 'units and scripts, which it writes',
  'switch/capture-files.ts': "a user's captures",
  'switch/child.ts': "the folder of the switch's sockets",
  'switch/frame-file.ts': 'a capture that the user names',
  'switch/log.ts': "the switch's log",
  'switch/paths.ts': "the switch's program",
  'switch/trust.ts': 'whose the control socket is',
  'switch/vf-token.ts': 'the VF token that its tenants need',
  'trial/console.ts': "what a guest's kernel says, in the demo's folder",
  'trial/folder.ts': 'the folder of a demo',
  'trial/guest.ts': 'the log of its QEMU',
  'trial/host.ts': 'whether QEMU is there',
  'trial/image.ts': 'templates of this package',
  'trial/parts.ts': 'busybox and modules, which go into a guest',
  'trial/run.ts': "the guests' root",
  'trial/tail.ts': "logs in the demo's folder",
  'web/assets.ts': 'the page, a part of this package',
  'wrap/checks.ts': "the emulator, and the guest's folders as QEMU's user finds them",
  'wrap/log.ts': "the wrapper's log",
  'wrap/plan.ts': 'whose the control socket is',
  'wrap/run.ts': 'standard output',
  'wrap/snapshot.ts': 'a temporary folder while the package is built',
  'wrap/steps.ts': 'devices that the guest is to get',
  'wrap/version.ts': "QEMU's answer to --version, on a descriptor of bash's",
};

const SRC = join(import.meta.dirname, '../../src');

/** Imports, static or not, and what a module can be had by besides. */
const OPENER =
  /(?:\bfrom|\bimport|\bimport\(|\brequire\(|getBuiltinModule\()\s*['"](?:node:)?fs(?:\/promises)?['"]/;
/** Not told by a text: the name of the module comes from elsewhere. */
const HIDDEN =
  /(?:\bimport|\brequire|getBuiltinModule|\bcreateRequire|process\.binding)\((?!['"`\s)])/;

function sources(): string[] {
  const list = execFileSync('find', ['.', '-name', '*.ts', '-printf', '%P\n'], { cwd: SRC });
  return list.toString().split('\n').filter(Boolean).sort();
}

const textOf = (file: string) => readFileSync(join(SRC, file), 'utf8');

test('outside of src/system only the files of this list open any', () => {
  const files = sources().filter((file) => !file.startsWith('system/'));
  expect(files.length).toBeGreaterThan(200);
  expect(files.filter((file) => OPENER.test(textOf(file)))).toEqual(Object.keys(OPENS).sort());
  // It gives the bundle of all these files what Node gives a module.
  expect(files.filter((file) => HIDDEN.test(textOf(file)))).toEqual(['cli/bundle.ts']);
});

// A text; whether it can open files.
test.each([
  ["import { readFileSync } from 'node:fs';", true],
  ["import {\n  open,\n} from 'fs/promises';", true],
  ["import 'node:fs';", true],
  ["const { existsSync } = await import('node:fs');", true],
  ["const fs = await import(\n  'node:fs'\n);", true],
  ["const { readFileSync } = process.getBuiltinModule('node:fs');", true],
  ["import { join } from 'node:path';", false],
  ['await import(name);', true],
  ["const { x } = await import('../../system/look/index.js');", false],
])('%j: %j', (text, opens) => expect(OPENER.test(text) || HIDDEN.test(text)).toBe(opens));
