import { answers } from './answers.js';
import { checked } from './check.js';
import type { MethodName, Results } from './types.js';

/** A method's result with its type. Throws WrongShape. */
export function checkedResult<M extends MethodName>(method: M, value: unknown): Results[M] {
  return checked<Results[M]>(answers[method], value, `the result of ${method}`);
}
