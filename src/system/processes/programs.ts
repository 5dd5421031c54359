import { execFile } from 'node:child_process';

/** Most programs answer in 30 ms. */
const DEADLINE_MS = 5000;
const MOST_BYTES = 8 * 1024 * 1024;

/** A program's output, or why there is none. */
export type Answer = { text: string } | { trouble: string };

export type Ask = (program: string, words: readonly string[]) => Promise<Answer>;

/** Runs a program of this host; never rejects. */
export const askProgram: Ask = (program, words) =>
  new Promise((resolve) => {
    const options = {
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_BYTES,
      env: { ...process.env, LC_ALL: 'C' },
    } as const;
    execFile(program, words, options, (error, text, stderr) => {
      if (!error) return resolve({ text });
      const trouble = error.killed
        ? `no answer within ${DEADLINE_MS / 1000} s`
        : error.code === 'ENOENT'
          ? 'not installed'
          : (stderr.trim().split('\n')[0] ?? '') || String(error.code);
      resolve({ trouble });
    });
  });

/** For a tree that is not this host: no program can be run. */
export const askNobody: Ask = async () => ({ trouble: 'not asked: this is another tree' });
