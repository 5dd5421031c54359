/** Completions as who types gets them: each shell at a terminal, with a Tab. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { patience } from '../../lab/slow.js';
import { packageRoot } from '../../src/switch/paths.js';
import { inTree } from '../sriov/tree.js';
import { vmlane } from './test-io.js';

const PROMPT = 'ready> ';
/** No part of it may be run, and all of it is one word. */
const ODD = `odd $(touch ran) 'n "q`;

/** How a shell is started without a user's own settings, and the words that give it our prompt and our completions. */
const SHELLS: Readonly<Record<string, { start: string; setUp: string; script: string }>> = {
  bash: {
    start: 'bash --norc --noprofile -i',
    setUp: `PS1='ready''> '; bind 'set enable-bracketed-paste off'; source ./completions`,
    script: 'vmlane.bash',
  },
  zsh: {
    start: 'zsh -f -i',
    setUp: `unsetopt zle_bracketed_paste; PS1='ready''> '; autoload -Uz compinit; compinit -u -D; source ./completions`,
    script: '_vmlane',
  },
  fish: {
    start: 'fish --no-config --interactive',
    setUp: `function fish_prompt; echo -n 'ready''> '; end; source ./completions`,
    script: 'vmlane.fish',
  },
};

/** A terminal in which a shell runs; `said` waits until it has shown that. */
class Terminal {
  text = '';
  readonly #process: ChildProcessWithoutNullStreams;

  constructor(command: string, cwd: string, env: NodeJS.ProcessEnv) {
    this.#process = spawn('script', ['--quiet', '--flush', '--command', command, '/dev/null'], {
      cwd,
      env,
    });
    const hear = (data: Buffer) => {
      this.text += data.toString();
    };
    this.#process.stdout.on('data', hear);
    this.#process.stderr.on('data', hear);
  }

  async type(keys: string, then: string): Promise<void> {
    const from = this.text.length;
    this.#process.stdin.write(keys);
    await expect.poll(() => this.text.slice(from)).toContain(then);
  }

  /** Lets the shell end by itself, as it may write into its home until then. */
  async end(): Promise<void> {
    const over = new Promise((resolve) => {
      this.#process.on('close', resolve);
    });
    const late = setTimeout(() => this.#process.kill('SIGKILL'), patience(20_000));
    this.#process.stdin.write('exit\n');
    await over;
    clearTimeout(late);
  }
}

test.each(Object.entries(SHELLS))('%s', (shell, { start, setUp, script }) =>
  inTree('82576', async (folder) => {
    const text = readFileSync(join(packageRoot(), 'templates/completions', script), 'utf8');
    expect((await vmlane(['completion', shell])).out).toBe(text);
    writeFileSync(join(folder, 'completions'), text);
    writeFileSync(join(folder, 'spec-of-web.yaml'), '');
    const domain = (name: string) =>
      `<domain type='test'><name>${name.replace('"', '&quot;')}</name><memory>1024</memory><os><type>hvm</type></os></domain>`;
    writeFileSync(join(folder, 'node.xml'), `<node>${domain('web1')}${domain(ODD)}</node>`);
    // What the shells ask, without the deadline, which a busy machine may not keep.
    const module = join(packageRoot(), 'dist/src/cli/completion/index.js');
    const answer = `import { completion } from '${module}';
const words = process.argv.slice(3);
process.stdout.write(await completion(words, process, { deadlineMs: 60_000 }));
`;
    writeFileSync(join(folder, 'answer.mjs'), answer);
    // Says which words it was called with, unless a shell asks.
    const program = `#!/bin/sh
[ "$1" != __complete ] || exec '${process.execPath}' '${join(folder, 'answer.mjs')}' "$@"
printf '[%s]' "$@"; echo .
`;
    writeFileSync(join(folder, 'vmlane'), program, { mode: 0o755 });
    const terminal = new Terminal(start, folder, {
      PATH: `${folder}:${process.env.PATH}`,
      HOME: folder,
      TERM: 'dumb',
      LC_ALL: 'C.UTF-8',
      LIBVIRT_DEFAULT_URI: `test://${join(folder, 'node.xml')}`,
    });
    try {
      await terminal.type(`${setUp}\n`, PROMPT);
      await terminal.type('vmlane swi\tpor\t\n', '[switch][ports].');
      await terminal.type(
        'vmlane switch set --vlan-m\tnative-u\t\n',
        '[--vlan-mode][native-untagged].',
      );
      await terminal.type('vmlane domain start w\t\n', '[domain][start][web1].');
      await terminal.type('vmlane domain generate spec-of\t\n', '[generate][spec-of-web.yaml].');
      await terminal.type(
        'vmlane switch ports --control-socket=spec-of\t\n',
        '=spec-of-web.yaml].',
      );
      // bash breaks words at colons.
      const unbind = 'vmlane sriov unbind --root . ';
      await terminal.type(`${unbind}0000:0\t3\n`, '[.][0000:01:10.3].');
      await terminal.type('vmlane domain start o\t\n', `[domain][start][${ODD}].`);
      // Nothing to complete, and nothing said about it.
      await terminal.type('vmlane domain start x\t\n', '[domain][start][x].');
      expect(existsSync(join(folder, 'ran'))).toBe(false);
    } catch (error) {
      throw new Error(terminal.text, { cause: error });
    } finally {
      await terminal.end();
    }
  }),
);
