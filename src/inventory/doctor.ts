/** A guest on several hosts. */
import { checked, count, flag, listOf, nullable, object, text } from '../contract/check.js';
import type { Diagnosed } from '../guests/doctor/index.js';

const check = object({
  steps: listOf(
    object({ step: text, nic: nullable(count), ok: flag, says: text, remedy: nullable(text) }),
  ),
});

/** What `vmlane doctor --json` has printed. @throws WrongShape */
export function stepsIn(answer: unknown): Diagnosed[] {
  return checked(check, answer, 'answer').steps;
}
