/** What a runtime is told when a call fails: an object on standard output. */
import { errorText, type Trouble, VmlaneError } from '../../values/errors.js';
import { oneLine } from '../../values/plain.js';

/** Codes of the specification, and ours from 100 on. */
export const CODE = {
  version: 1,
  unsupported: 2,
  unknownContainer: 3,
  environment: 4,
  io: 5,
  notJson: 6,
  config: 7,
  tryLater: 11,
  unavailable: 50,
  failed: 100,
  exists: 101,
  wrong: 102,
} as const;

/** An error of a call, with its code. */
export class CniError extends Error {
  readonly code: number;
  readonly details: string;

  constructor(code: number, { thing, problem, remedy }: Trouble, options?: ErrorOptions) {
    super(oneLine(`${thing}: ${problem}`), options);
    this.name = 'CniError';
    this.code = code;
    this.details = oneLine(remedy);
  }
}

/** What another plugin has said of its failure; it may say anything. */
export class DelegateError extends CniError {}

/** As a runtime reads it. `cniVersion` is the call's, as far as it is known. */
export function errorObject(error: unknown, cniVersion: string): object {
  const { code, message, details } = asCniError(error);
  return { cniVersion, code, msg: message, ...(details !== '' && { details }) };
}

/** Any error as one of a call; `code` for those that have none. */
export function asCniError(error: unknown, code: number = CODE.failed): CniError {
  if (error instanceof CniError) return error;
  if (error instanceof VmlaneError) return new CniError(code, error.trouble, { cause: error });
  const problem = `unexpected error: ${errorText(error)}`;
  return new CniError(code, { thing: 'vmlane-cni', problem, remedy: '' }, { cause: error });
}
