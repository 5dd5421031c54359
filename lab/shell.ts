/**
 * A command, by default a shell, in the private world with the switch and libvirtd running and both
 * guests defined: `npm run lab -- COMMAND…`. Returns the command's exit code.
 */
import { execa } from 'execa';
import { Lab } from './lab.js';

const [command = 'bash', ...args] = process.argv.slice(2);

// Ctrl-C must reach only the foreground command; the lab ends when that ends.
process.on('SIGINT', () => {});
const lab = await Lab.open({ say: (text) => process.stderr.write(`lab: ${text}\n`) });
try {
  await lab.define('a');
  await lab.define('b');
  const { exitCode = 1 } = await execa(command, args, { stdio: 'inherit', reject: false });
  process.exitCode = exitCode;
} finally {
  await lab.close();
}
