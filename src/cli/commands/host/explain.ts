import { visible } from '../../../domain/validate/finding.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';

/** Longest text that is read, in bytes. */
const MAX_ERROR = 64 * 1024;

const LOOK =
  "/var/log/libvirt/qemu/NAME.log for a guest, 'journalctl -u libvirtd', 'dmesg', and 'vmlane host check'";

/** `vmlane host explain` */
export const hostExplain = command({
  path: ['host', 'explain'],
  summary: 'Explain an error of QEMU, libvirt or the kernel, and what to do about it',
  positionals: {},
  several: {
    name: 'TEXT',
    describe: 'the error message; - is standard input',
    optional: true,
  },
  rest: 'TEXT',
  options: { json },
  examples: [
    ["host explain 'group 12 is not viable'", 'cause and remedy'],
    ['host explain -- "-chardev socket: Failed to bind socket"', 'one that begins with a dash'],
    ['host explain - < /var/log/libvirt/qemu/web1.log', "all that is known in a guest's log"],
  ],
  async run({ words, '--': rest = [], json: asJson }, io) {
    const { explain } = await import('../../../host/explain/index.js');
    const found = explain(await textOf([...words, ...rest], io));
    if (asJson) {
      printJson(io, { matches: found.map((one) => ({ ...one })) });
    } else {
      const shown = found.map(({ matched, name, cause, remedy, source }) =>
        [
          `${name}: "${visible(matched)}"`,
          `  cause   ${cause}`,
          `  remedy  ${remedy}`,
          `  source  ${source}`,
        ].join('\n'),
      );
      if (shown.length > 0) io.out(`${shown.join('\n\n')}\n`);
    }
    if (found.length > 0) return 0;
    say(io, `error text: nothing known in it; look at ${LOOK}`);
    return 1;
  },
});

/** @throws InvalidInput for no text, for one that is too long, and for bytes that are not text */
async function textOf(words: readonly string[], io: Pick<Io, 'stdin'>): Promise<string> {
  const alone = words.length === 1 && words[0] === '-';
  const bytes = alone ? await io.stdin(MAX_ERROR) : Buffer.from(words.join(' '));
  const trouble = (problem: string, remedy: string) =>
    new InvalidInput({ thing: alone ? 'standard input' : 'error text', problem, remedy });
  if (bytes.length > MAX_ERROR) {
    throw trouble(
      'longer than 64 KiB',
      'give its end, such as with: tail -n 50 FILE | vmlane host explain -',
    );
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (text.trim() !== '') return text;
  } catch {
    throw trouble('not UTF-8 text', 'give the error as text');
  }
  throw trouble('is empty', 'give the error message, in quotes');
}
