import { text } from './options.js';

/** `--host` of commands that can ask other hosts. Values are read by `sshHosts`; host-first.ts: before the command. */
export const hostOption = {
  host: text('host', 'Ask these hosts in place of this one, by ssh, such as web1,root@web2'),
} as const;
