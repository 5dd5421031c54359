import { INTERFACE_NAME } from '../contract/bounds.js';

/** What an interface's name is, in words. */
export const INTERFACE_NAME_WANTED = `1 to ${INTERFACE_NAME.max} letters, digits or . _ -, the first a letter or digit`;

/** Whether an interface can have this name. */
export function isInterfaceName(name: string): boolean {
  return name.length <= INTERFACE_NAME.max && INTERFACE_NAME.pattern.test(name);
}
