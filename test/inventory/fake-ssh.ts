/**
 * A stand-in for ssh, so that only the network is missing: each host is a shell script, which gets the command line as
 * sshd would give it to a user's shell. The real ssh is used by test/vm/hosts.test.ts.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { packageRoot } from '../../src/switch/paths.js';
import { shellWords } from '../../src/values/shell.js';

const SSH = `#!/bin/bash
# ssh OPTION... -- HOST COMMAND
while [ "$1" != -- ]; do shift; done
host=\${0%/*}/hosts/$2
if ! [ -e "$host" ]; then
	echo "ssh: Could not resolve hostname $2: Name or service not known" >&2
	exit 255
fi
# What it runs ends with it, as with a connection.
sh "$host" "$3" &
trap 'kill $!' TERM
wait $!
`;

/** Hosts by name, each with a script; `$1` is the command line. */
export type Hosts = Readonly<Record<string, string>>;

/** Puts it into the folder. Returns the PATH that has it. */
export async function fakeSsh(folder: string, hosts: Hosts): Promise<string> {
  await mkdir(join(folder, 'hosts'), { recursive: true });
  await writeFile(join(folder, 'ssh'), SSH);
  await chmod(join(folder, 'ssh'), 0o755);
  for (const [name, script] of Object.entries(hosts))
    await writeFile(join(folder, 'hosts', name), script);
  return `${folder}${delimiter}${process.env.PATH}`;
}

/** Runs `use` with that PATH. */
export async function withPath<T>(path: string, use: () => Promise<T>): Promise<T> {
  const { PATH } = process.env;
  process.env.PATH = path;
  try {
    return await use();
  } finally {
    process.env.PATH = PATH;
  }
}

/** A host with the vmlane of the checkout, whose switch has this control socket. */
export function hostWith(socket: string): string {
  const vmlane = shellWords([process.execPath, join(packageRoot(), 'dist/bin/main.js')]);
  return `vmlane() { exec ${vmlane} "$@"; }; export VMLANE_SWITCH=${socket}; eval "$1"`;
}
