import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { InvalidInput, type Trouble } from '../values/errors.js';

/** The emulator must be a program, but not `wrapper`, which would run itself forever. */
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

function attempt<T>(act: () => T, trouble: (code: string) => Trouble): T {
  try {
    return act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new InvalidInput(trouble(code), { cause: error });
  }
}
