import { join } from 'node:path';
import { packageRoot } from '../../../switch/paths.js';
import { readRegular } from '../../../system/input.js';
import { Failed, InvalidInput } from '../../../values/errors.js';
import { nearest } from '../../../values/nearest.js';
import { command } from '../../command.js';

/** Shells, and their scripts in templates/completions. */
const SCRIPTS = { bash: 'vmlane.bash', zsh: '_vmlane', fish: 'vmlane.fish' } as const;
const SHELLS = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];

/** `vmlane completion print` */
export const completionPrint = command({
  path: ['completion', 'print'],
  summary: "Print a shell's script that completes vmlane's words, with names of what is there",
  positionals: { SHELL: { describe: SHELLS.join(', '), words: SHELLS } },
  options: {},
  examples: [
    ['completion bash', 'in ~/.bashrc: source <(vmlane completion bash)'],
    ['completion zsh', 'into a file _vmlane of a folder in fpath'],
    ['completion fish', 'into ~/.config/fish/completions/vmlane.fish'],
  ],
  async run({ SHELL }, io) {
    const shell = SHELLS.find((one) => one === SHELL);
    if (!shell) {
      const near = nearest(SHELL, SHELLS);
      throw new InvalidInput({
        thing: 'SHELL',
        problem: `"${SHELL}" is not one of ${SHELLS.join(', ')}`,
        remedy: near ? `did you mean ${near}?` : 'give one of them',
      });
    }
    const path = join(packageRoot(), 'templates/completions', SCRIPTS[shell]);
    const script = readRegular(path);
    if (script === undefined) {
      throw new Failed({ thing: path, problem: 'no such file', remedy: 'install vmlane anew' });
    }
    io.out(script);
    return 0;
  },
});
