import { accessSync, constants, realpathSync, statfsSync, statSync } from 'node:fs';
import { readListening } from '../system/processes/sockets.js';
import { Failed, InvalidInput, type Trouble } from '../values/errors.js';

/** f_type of hugetlbfs. Source: linux/magic.h. */
const HUGETLBFS_MAGIC = 0x958458f6;

/** The emulator must be a program, and not `wrapper`, which would run itself for ever. */
export function checkEmulator(path: string, wrapper: string): void {
  const remedy = 'install QEMU, or set emulator in the settings or VMLANE_EMULATOR to its path';
  const real = attempt(
    () => realpathSync(path),
    (code) => ({ thing: path, problem: `no such emulator (${code})`, remedy }),
  );
  if (real === realpathSync(wrapper)) {
    const problem = 'the emulator is qemu-wrap itself';
    throw new InvalidInput({ thing: path, problem, remedy: 'set it to QEMU' });
  }
  if (!statSync(real).isFile()) {
    throw new InvalidInput({ thing: path, problem: 'the emulator is not a file', remedy });
  }
  attempt(
    () => accessSync(real, constants.X_OK),
    (code) => ({ thing: path, problem: `the emulator is not executable (${code})`, remedy }),
  );
}

/** QEMU makes its sockets there, as the user that we run as. */
export function checkSocketDir(path: string): void {
  const uid = process.getuid?.();
  const remedy = `create a folder that uid ${uid} may write to, or set socketDir to one`;
  const trouble = (problem: string) => ({ thing: path, problem, remedy });
  const isFolder = attempt(
    () => statSync(path).isDirectory(),
    (code) => trouble(`no folder for the guests' sockets (${code})`),
    Failed,
  );
  if (!isFolder) throw new Failed(trouble('not a folder'));
  attempt(
    () => accessSync(path, constants.W_OK | constants.X_OK),
    (code) => trouble(`QEMU could not create its sockets there (${code})`),
    Failed,
  );
}

/** Ordinary files in place of huge pages would fill a disk with guest memory. */
export function checkHugepages(path: string): void {
  const remedy = 'mount a hugetlbfs there, or set memory to memfd or another folder';
  const type = attempt(
    () => statfsSync(path).type,
    (code) => ({ thing: path, problem: `no huge page mount (${code})`, remedy }),
  );
  if (type === HUGETLBFS_MAGIC) return;
  throw new InvalidInput({ thing: path, problem: 'this is not a hugetlbfs', remedy });
}

/**
 * Refuses a socket on which somebody listens: QEMU would take its name away from a running guest.
 * The list is read rather than the socket dialled, because dialling would look like the switch.
 */
export function checkSocketFree(path: string, listening = readListening()): void {
  if (!listening.has(path)) return;
  throw new Failed({
    thing: path,
    problem: 'another process listens on this socket, a guest of the same name is running',
    remedy: 'stop it or give this guest another name',
  });
}

function attempt<T>(
  act: () => T,
  trouble: (code: string) => Trouble,
  Kind: typeof InvalidInput | typeof Failed = InvalidInput,
): T {
  try {
    return act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Kind(trouble(code), { cause: error });
  }
}
