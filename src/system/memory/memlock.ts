import { lookAt, type Root } from '../look/index.js';

/** Bytes that a process may lock, `Infinity`: unlimited; undefined: unknown. Source: proc_pid_limits(5). */
export function readMemlock(pid: number | 'self', root: Root = '/'): number | undefined {
  const text = lookAt(root).text(`/proc/${pid}/limits`) ?? '';
  // `Max locked memory  8388608  8388608  bytes`: the first number counts.
  const soft = /^Max locked memory +(\S+)/m.exec(text)?.[1];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}
