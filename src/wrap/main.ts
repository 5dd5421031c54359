/** `node main.js WRAPPER ARG…`: how the wrapper runs where there is no snapshot that fits. */
import { run } from './run.js';

await run(process.argv.slice(2));
