import type { Wanted } from '../serve/index.js';

/** This host only. The port is above 9100 to 9999, where those of Prometheus' exporters are all taken. */
export const DEFAULT_LISTEN = '127.0.0.1:19797';

/** As the options of `vmlane metrics` are called. */
export const WANTED: Wanted = {
  listen: '--listen',
  token: '--token-file',
  usual: DEFAULT_LISTEN,
  seen: 'read what your guests do',
};
