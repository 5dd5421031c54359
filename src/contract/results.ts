import { answers, eventCheck } from './answers.js';
import { checked } from './check.js';
import type { MethodName, Results, SwitchEvent } from './types.js';

/** A method's result with its type. Throws WrongShape. */
export function checkedResult<M extends MethodName>(method: M, value: unknown): Results[M] {
  return checked<Results[M]>(answers[method], value, `the result of ${method}`);
}

/** What a watched switch says happened. Throws WrongShape. */
export function checkedEvent(value: unknown): SwitchEvent {
  return checked(eventCheck, value, 'the event');
}
