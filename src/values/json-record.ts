import type * as z from 'zod';

/**
 * The record in a file of ours. `refuse` makes the error of what is wrong with it, in words.
 * @throws what `refuse` makes
 */
export function readRecord<T>(
  text: string,
  schema: z.ZodType<T>,
  refuse: (problem: string, cause: unknown) => Error,
): T {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw refuse('is not JSON', error);
  }
  const { success, data, error } = schema.safeParse(content);
  if (success) return data;
  const [issue] = error.issues;
  const where = issue?.path.join('.');
  throw refuse(`${where ? `${where}: ` : ''}${issue?.message ?? 'is malformed'}`, error);
}
