/** What a device's alias begins with that libvirt keeps in a definition (3.9); others it gives itself, `net0`. */
export const USER_ALIAS = 'ua-';

/** Whether libvirt keeps an alias: it drops one with other characters, too (tried with 9.0). */
export function isUserAlias(alias: string | undefined): alias is string {
  return alias !== undefined && /^ua-[A-Za-z0-9_-]+$/.test(alias);
}
