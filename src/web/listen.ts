import type { Wanted } from '../serve/index.js';

/** This host only; beside the metrics' port. */
export const DEFAULT_LISTEN = '127.0.0.1:19798';

/** As the options of `vmlane web` are called. */
export const WANTED: Wanted = {
  listen: '--listen',
  token: '--token-file',
  usual: DEFAULT_LISTEN,
  seen: 'see what your guests do',
};
