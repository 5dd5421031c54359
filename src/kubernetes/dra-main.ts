/** vmlane-dra's entry. */
import { readArguments } from './arguments.js';
import { runDra } from './dra.js';
import { DRA, draOptions } from './dra-options.js';
import { runProgram, sayAs } from './run.js';

void runProgram(DRA.name, async (end) => {
  const read = readArguments(DRA, process.argv.slice(2), process.env);
  if ('text' in read) return read.text;
  await runDra(draOptions(read.values), sayAs(DRA.name), end);
  return undefined;
});
