/** A page that shows a switch. */
export { DEFAULT_LISTEN, WANTED } from './listen.js';
export { serveWeb, type WebOptions } from './server.js';
