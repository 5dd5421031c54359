/** The terminal of a command that fills the screen. */
import { emitKeypressEvents } from 'node:readline';

/** What happens at it. */
export interface TerminalEvents {
  /** A key: a character, or a name such as `up`, `return`, `escape`, `backspace`, `ctrl-c`. */
  key(name: string): void;
  /** It has another size, or lost what was on it. */
  resize(): void;
}

/** A screen that was taken. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Shows these lines, and nothing else; they must fit. */
  show(lines: readonly string[]): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Signals that end the process without more ado. */
const UNHANDLED = ['SIGHUP', 'SIGQUIT'] as const;

const TAKE = '\u001b[?1049h\u001b[?25l';
const GIVE_BACK = '\u001b[?25h\u001b[?1049l';

interface Key {
  name?: string;
  ctrl?: boolean;
  meta?: boolean;
  sequence?: string;
}

/**
 * Takes the terminal at the process's standard input and output: another screen, no cursor, each key at once. Given
 * back when the process ends, however it does, unless that is by SIGKILL.
 */
export function takeScreen(events: TerminalEvents): Screen {
  const { stdin, stdout } = process;
  let open = false;
  const pressed = (text: string | undefined, key: Key) => {
    const name = keyName(text, key);
    if (name === 'ctrl-z') suspend();
    else if (name !== undefined) events.key(name);
  };
  const enter = () => {
    open = true;
    stdin.setRawMode(true);
    stdout.write(TAKE);
  };
  const leave = () => {
    if (!open) return;
    open = false;
    stdout.write(GIVE_BACK);
    stdin.setRawMode(false);
  };
  const goOn = () => {
    enter();
    events.resize();
  };
  const suspend = () => {
    leave();
    process.once('SIGCONT', goOn);
    process.kill(process.pid, 'SIGTSTP');
  };
  // Node's `exit` is not for these; others have their own ends.
  const ended = (signal: NodeJS.Signals) => {
    leave();
    process.off(signal, ended);
    process.kill(process.pid, signal);
  };
  for (const signal of UNHANDLED) process.on(signal, ended);
  emitKeypressEvents(stdin);
  stdin.on('keypress', pressed);
  stdin.resume();
  stdout.on('resize', events.resize);
  process.on('exit', leave);
  enter();
  return {
    get columns() {
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
    show: (lines) => {
      if (open)
        stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`);
    },
    close: () => {
      leave();
      process.off('exit', leave);
      process.off('SIGCONT', goOn);
      for (const signal of UNHANDLED) process.off(signal, ended);
      stdout.off('resize', events.resize);
      stdin.off('keypress', pressed);
      stdin.pause();
    },
  };
}

function keyName(text: string | undefined, key: Key): string | undefined {
  if (key.ctrl) return key.name === undefined ? undefined : `ctrl-${key.name}`;
  if (key.meta && key.name !== 'escape') return undefined;
  // Printable ASCII as it is, capitals too; of the rest only what has a name.
  if (text !== undefined && /^[ -~]$/.test(text)) return text;
  return key.name;
}
