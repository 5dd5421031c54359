/** Metrics of a switch for Prometheus. */
export { DEFAULT_LISTEN, mustBeGuarded, type Place, placeOf } from './listen.js';
export { type Listening, type Served, serve } from './server.js';
export { Source, type SourceOptions } from './source.js';
export { CONTENT_TYPES, FAMILIES, type Format, OWN } from './text.js';
export { removeMetrics, writeMetrics } from './textfile.js';
export { readToken } from './token.js';
