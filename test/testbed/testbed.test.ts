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

test.skipIf(missing)('a guest whose processor stands still ends, and boots again', async () => {
  // Programs that nothing interrupts, where nothing is kept from them, stand for such processors;
  // short-lived programs keep the kernel's RCU, which notices, at work until then.
  const script = `
    echo -1 >/proc/sys/kernel/sched_rt_runtime_us
    (while :; do /bin/true; done) &
    chrt -f 99 taskset -c 1 sh -c 'while :; do :; done' &
    exec chrt -f 99 taskset -c 0 sh -c 'while :; do :; done'`;
  const heard: string[] = [];
  const error = await runInTestbed({
    script: 'bash',
    args: ['-c', script],
    kernel: ['rcupdate.rcu_cpu_stall_timeout=5'],
    tries: 2,
    say: (line) => heard.push(line),
  }).catch((error) => error);
  expect(error.message).toMatch(/out of order .* Kernel panic - not syncing: RCU Stall$/);
  expect(heard.filter((line) => line.endsWith('it boots again'))).toHaveLength(1);
});
