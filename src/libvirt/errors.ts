import { errorText, Failed, InvalidInput, type VmlaneError } from '../values/errors.js';
import { nearest } from '../values/nearest.js';
import { folderCommand, QEMU_FOLDER_MODE } from '../values/socket-path.js';

/** A message of libvirt, its meaning for the caller, and the remedy. The bindings give only text; the code is always -1. */
export interface Meaning {
  text: RegExp;
  /** What is known in a text that may be of any program, where that is less. */
  pasted?: RegExp;
  input?: true;
  /** In our words, for users who paste the message. */
  cause: string;
  remedy: string;
}

// First match wins. Texts are those of libvirt 9.0 to 11.3.
export const MEANINGS: readonly Meaning[] = [
  // First: a hook's text may look like any of the others.
  {
    text: /^Hook script execution failed/,
    cause: 'a hook of libvirt refused what was asked, or could not run',
    remedy: "do as the hook's own words say; hooks are in /etc/libvirt/hooks",
  },
  {
    text: /^Domain not found/,
    cause: 'libvirt has no domain of this name or UUID',
    remedy: "'virsh list --all' shows which domains there are",
  },
  {
    text: /Failed to connect socket to/,
    cause: 'no libvirt daemon answers at this socket, or you may not connect to it',
    remedy:
      'start libvirtd, or name its socket in the URI: qemu+unix:///system?socket=/run/libvirt/libvirt-sock',
  },
  {
    // QEMU 7.2: in a folder where it may not write, removing a missing file fails.
    text: /Failed to ((unlink|bind) socket|connect to) .*Permission denied/,
    cause:
      "QEMU's user may not make or reach the socket: the file, or a folder on the way, is closed to it",
    remedy: `let the switch listen (mode='client' in the domain), in the folder that 'vmlane host setup --sockets' makes; where QEMU listens, let its user write to the socket's folder, such as with: ${folderCommand('FOLDER', QEMU_FOLDER_MODE)}. If the modes are right, AppArmor or SELinux denies it: 'vmlane host check' shows that`,
  },
  {
    text: /no connection driver available|URI .* does not include a driver|transport in URL not recognised|[Uu]nable to parse URI/,
    input: true,
    cause: 'this libvirt does not know the URI',
    remedy: 'give a URI that this libvirt knows, such as qemu:///system or qemu+ssh://host/system',
  },
  {
    text: /unable to connect to server|Cannot recv data|Cannot write data|End of file|client socket is closed|certificate|authentication|access denied/i,
    cause: 'the connection to libvirt was not made, or was lost',
    remedy: 'check that the host is reachable and lets you in: virsh --connect URI list',
  },
  {
    text: /already exists with uuid|already defined with uuid/,
    cause: 'another domain of this name is there, with another UUID',
    remedy: 'undefine that domain first, or give this one its UUID',
  },
  {
    text: /already (running|active)/,
    cause: 'the domain runs already',
    remedy: 'destroy it first if it must start afresh',
  },
  {
    text: /domain is not running/,
    cause: 'the domain does not run',
    remedy: 'there is nothing to stop; start it if it should run',
  },
  {
    text: /requires shared memory/,
    cause: "the guest's definition does not share its memory, and libvirt from 11.2 on wants that",
    remedy:
      "write <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking> into it ('virsh edit'), and start the guest anew; of the memory that qemu-wrap shares libvirt knows nothing",
  },
  {
    text: /cannot undefine domain with nvram/,
    cause: 'the domain keeps UEFI variables in a file',
    remedy: '--nvram deletes its UEFI variables too, --keep-nvram keeps them',
  },
  {
    text: /managed save image exists/,
    cause: 'the domain was saved, and goes on from there when it starts',
    remedy: "'virsh managedsave-remove' drops the saved state, or start it once",
  },
  {
    text: /cannot delete inactive domain with \d+ snapshots/,
    cause: 'the domain has snapshots',
    remedy: "'virsh snapshot-delete --metadata' first",
  },
  {
    text: /Cannot access storage file|cannot open file|No such file or directory/,
    pasted: /Cannot access storage file|cannot open file/,
    cause: "a file or a folder is not there, or is closed to QEMU's user",
    remedy: "check that the path exists and that QEMU's user may open it",
  },
  {
    text: /insufficient free host memory pages|unable to map backing store for guest RAM|can't mmap RAM pages/i,
    cause:
      'too few huge pages are free, on the host or on the NUMA node that the memory is bound to',
    remedy: 'reserve more huge pages of that size, or give the guest less memory',
  },
];

const DEFINE_REMEDY = 'correct the domain XML; virt-xml-validate may say more';
const OTHER_REMEDY = "see libvirt's log, /var/log/libvirt/qemu/NAME.log for a guest";

/**
 * Turns libvirt's message into an error of ours. `thing` is the domain or the URI.
 * `doing` is 'define' when libvirt was given XML: a refusal is then the XML's fault unless the text says otherwise.
 */
export function troubleOf(
  error: unknown,
  thing: string,
  doing: 'connect' | 'define' | 'other',
): VmlaneError {
  const problem = plain(errorText(error));
  const meaning = MEANINGS.find(({ text }) => text.test(problem));
  const define = meaning === undefined && doing === 'define';
  const remedy = meaning?.remedy ?? (define ? DEFINE_REMEDY : OTHER_REMEDY);
  const Kind = meaning?.input || define ? InvalidInput : Failed;
  return new Kind({ thing, problem, remedy }, { cause: error });
}

/** The error for an unknown domain name; `known` are the existing names. */
export function noDomain(name: string, known: readonly string[], cause: unknown): InvalidInput {
  const near = nearest(name, known);
  const remedy = near
    ? `did you mean ${near}?`
    : "'virsh list --all' shows which domains there are";
  return new InvalidInput(
    { thing: `domain ${name}`, problem: 'Domain not found', remedy },
    { cause },
  );
}

export function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Domain not found');
}

// libvirt's XML errors draw an arrow below the offending line; on one line it is useless.
function plain(message: string): string {
  const lines = message.split('\n').filter((line) => !/^-*\^\s*$/.test(line));
  return lines.join(' ').trim();
}
