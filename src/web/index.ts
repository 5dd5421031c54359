/** A page that shows a switch. */
export { WANTED } from './listen.js';
export { serveWeb, type WebOptions } from './server.js';
