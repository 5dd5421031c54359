/** `--host` of commands that can ask other hosts, and its place before the command. */
import { text } from './options.js';

/** Values are read by `sshHosts`. */
export const hostOption = {
  host: text('host', 'Ask these hosts in place of this one, by ssh, such as web1,root@web2'),
} as const;

/** `--host web1 switch ports` is `switch ports --host web1`; a command without the option refuses it. */
export function hostLast(words: readonly string[]): string[] {
  const [first = '', ...rest] = words;
  const isAssigned = first.startsWith('--host=');
  if (first !== '--host' && !isAssigned) return [...words];
  const option = isAssigned ? [first] : [first, ...rest.splice(0, 1)];
  if (rest[0] === undefined || rest[0].startsWith('-')) return [...words];
  const end = rest.includes('--') ? rest.indexOf('--') : rest.length;
  return [...rest.slice(0, end), ...option, ...rest.slice(end)];
}
