/** Metrics of a switch for Prometheus. */
export { type Served, serve } from './server.js';
export { Source, type SourceOptions } from './source.js';
export { CONTENT_TYPES, FAMILIES, type Format, OWN } from './text.js';
export { removeMetrics, writeMetrics } from './textfile.js';
