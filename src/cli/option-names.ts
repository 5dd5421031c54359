import { InvalidInput } from '../values/errors.js';

/** Rewrites the library's errors about an option to the command line's spelling: `set` is `--set`. */
export async function optionsNamed<T>(names: readonly string[], act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof InvalidInput) || !names.includes(error.trouble.thing)) throw error;
    const { thing } = error.trouble;
    throw new InvalidInput({ ...error.trouble, thing: `--${thing}` }, { cause: error });
  }
}
