import { expect, test } from 'vitest';
import { runInTestbed } from './testbed.js';
import { missing } from './use-testbed.js';

test.skipIf(missing)("a script's words, its end by the deadline and a crash are told", async () => {
  const heard: string[] = [];
  const script = `
    printf '%s|' "$0" "$@" "$ANSWER"; echo; echo aside >&2
    sh -c 'kill -SEGV $$'
    touch /etc/vmlane-probe && echo written
    sleep 1000`;
  const args = ['-c', script, 'a b', "it's", '$HOME'];
  const result = await runInTestbed({
    script: 'bash',
    args,
    env: { ANSWER: '42' },
    timeoutMs: 15_000,
    say: (line) => heard.push(line),
  });
  const { output, status, crashed } = result;
  expect(heard.slice(0, 2)).toEqual(["a b|it's|$HOME|42|", 'aside']);
  expect(output.split('\n')).toEqual(heard);
  expect(heard).toContain('written');
  expect(status).toBe(124);
  expect(crashed).toEqual(['sh (signal 11)']);
});

test.skipIf(missing)('a kernel that panics is an error that shows its last words', async () => {
  const args = ['-c', 'echo c >/proc/sysrq-trigger'];
  const error = await runInTestbed({ script: 'sh', args }).catch((error) => error);
  expect(error.message).toMatch(
    /^testbed: the guest ended out of order \(QEMU's status 0\); .* sysrq triggered crash$/,
  );
});
