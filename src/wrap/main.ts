/** `node main.js DESCRIPTOR WRAPPER ARG…`: runs the wrapper without a snapshot, if none fits this Node. */
import { run } from './run.js';

await run(process.argv.slice(2));
