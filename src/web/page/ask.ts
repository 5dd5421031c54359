/** Questions to the server. */

const KEY = 'vmlane-token';

/**
 * The token is kept in this tab, and sent in a header: no cookie, which would go to every other port of that host,
 * and no address that histories and logs keep. `#token=…` of an address stays in the browser, and is taken out of it.
 */
export function takeToken(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return;
  keepToken(given);
  history.replaceState(null, '', location.pathname);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

/** Why there is no answer. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, why: string) {
    super(why);
    this.status = status;
  }
}

/** @throws Refused, or whatever the network has */
export async function ask(path: string, signal?: AbortSignal): Promise<Response> {
  const token = sessionStorage.getItem(KEY);
  // What no header can have is no token.
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) throw new Refused(401, 'this is no token');
  const headers = token === null ? undefined : { Authorization: `Bearer ${token}` };
  const response = await fetch(`api/${path}`, {
    ...(headers && { headers }),
    ...(signal && { signal }),
  });
  if (!response.ok) throw new Refused(response.status, (await response.text()).trim());
  return response;
}

/** The same, as JSON. */
export async function askFor<T>(path: string): Promise<T> {
  return (await ask(path)).json() as Promise<T>;
}
