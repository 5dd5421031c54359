import type { Wanted } from '../serve/index.js';

/** As the options of `vmlane web` are called. */
export const WANTED: Wanted = {
  listen: '--listen',
  token: '--token-file',
  // This host only; beside the metrics' port.
  usual: '127.0.0.1:19798',
  seen: 'see what your guests do',
};
