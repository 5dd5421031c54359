export type Level = 'ok' | 'warning' | 'failure';

/** What guests will use: NICs on the switch, or virtual functions. */
export type Purpose = 'vhost-user' | 'sriov';

/** What a check saw. */
export interface Found {
  level: Level;
  what: string;
  /** Where it was seen. */
  evidence: string;
  /** Present for warnings and failures. */
  remedy?: string;
}

export function ok(what: string, evidence: string): Found {
  return { level: 'ok', what, evidence };
}

/** Guests work, but slower, or not all of them, or with surprises. */
export function warning(what: string, evidence: string, remedy: string): Found {
  return { level: 'warning', what, evidence, remedy };
}

/** Guests on the fast lane do not work at all. */
export function failure(what: string, evidence: string, remedy: string): Found {
  return { level: 'failure', what, evidence, remedy };
}

/** A failure if the purpose needs it, else a warning. */
export function lack(needed: boolean, what: string, evidence: string, remedy: string): Found {
  return { level: needed ? 'failure' : 'warning', what, evidence, remedy };
}

/** `2 ports`, `1 port` */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
