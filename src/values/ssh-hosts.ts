/** Several hosts in one word, as a user lists them: `web1,root@web2,ssh://[2001:db8::1]:2222`. */
import { InvalidInput } from './errors.js';
import { quote } from './problems.js';
import { type SshHost, sshHost } from './ssh-host.js';

/** A host that a user has listed. */
export interface NamedHost {
  /** As it was written, which names it in what is shown. */
  name: string;
  there: SshHost;
}

const MOST_HOSTS = 256;

/** Each once, in the order given. `thing` is where they stand. @throws InvalidInput */
export function sshHosts(text: string, thing: string): NamedHost[] {
  const names = text.split(',');
  if (names.length > MOST_HOSTS) {
    const problem = `${names.length} hosts are more than ${MOST_HOSTS}`;
    throw new InvalidInput({ thing, problem, remedy: 'ask them in parts' });
  }
  const known = new Set<string>();
  return names.map((name) => {
    const there = hostIn(name, thing);
    const key = JSON.stringify([there.host.toLowerCase(), there.user, there.port]);
    if (!known.has(key)) {
      known.add(key);
      return { name, there };
    }
    const problem = `${name} is there twice`;
    throw new InvalidInput({ thing, problem, remedy: 'name each host once' });
  });
}

function hostIn(name: string, thing: string): SshHost {
  const remedy = 'write hosts with commas between, such as web1,root@web2';
  if (name === '') throw new InvalidInput({ thing, problem: 'a host has no name', remedy });
  const there = sshHost(name, thing);
  // `.` and the like, which ssh would take and no host is called.
  if (/[\da-z]/i.test(there.host)) return there;
  throw new InvalidInput({ thing, problem: `${quote(name)} is no host`, remedy });
}
