/** A UUID in lower case, with its dashes (RFC 9562). */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether it is one, in either case. */
export function isUuid(text: string): boolean {
  return UUID.test(text.toLowerCase());
}
