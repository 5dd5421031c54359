import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { patience } from './lab/slow.js';

/**
 * Time-outs are there to end what hangs, so they are a multiple of what a busy machine was seen to
 * take, and VMLANE_TEST_SLOW makes all of them longer (test/README.md). Nothing else may depend on
 * how fast the machine is.
 */
function timeouts(testSeconds: number) {
  const ms = patience(testSeconds * 1000);
  return {
    testTimeout: ms,
    hookTimeout: ms,
    teardownTimeout: patience(60_000),
    expect: { poll: { timeout: patience(60_000) } },
    // How long the switch has for an answer: tests of our own deadlines set theirs.
    env: { VMLANE_SWITCH_TIMEOUT: String(patience(30_000) / 1000) },
  };
}

// The projects differ in where they can run (test/run):
// unit       anywhere;
// apart      likewise; files that put other modules in the place of ours;
// switching  frames through a real switch, and what does it harm, with guests without a VM;
// vm         real guests, only inside the private world: node dist/lab/enter.js -- vitest …;
// demo       outside of it, since it makes worlds of its own and looks at what they leave behind;
// testbed    anywhere, in guests of its own;
// packages   the Debian packages, installed on a bare Debian; outside of npm test, too;
// images     the images for Kubernetes, as containers; outside of npm test, too;
// upgrade    those of Debian 12 and 13, over an upgrade of a bare Debian; outside of npm test, too;
// server     a server that boots, with those packages; takes most of an hour, outside of npm test, too;
// slow       those that take minutes each: `npm test` leaves them out.
export default defineConfig({
  test: {
    // Vitest's own choice is one less, which on two is one.
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            ...['test/switching/**', 'test/vm/**', 'test/demo/**', 'test/testbed/**'],
            'test/**/*.apart.test.ts',
          ],
          // A file leaves nothing behind for the next one; modules are loaded once, which saves a third.
          isolate: false,
          // Some run hundreds of processes.
          ...timeouts(300),
        },
      },
      {
        test: {
          name: 'apart',
          include: ['test/**/*.apart.test.ts'],
          ...timeouts(300),
        },
      },
      {
        test: {
          name: 'switching',
          include: ['test/switching/**/*.test.ts'],
          // Files side by side: what they do most is wait for each other's sockets and for timers.
          ...timeouts(300),
        },
      },
      {
        test: {
          name: 'vm',
          include: ['test/vm/**/*.test.ts'],
          // One libvirtd, one switch, two processors: one file at a time.
          fileParallelism: false,
          ...timeouts(600),
        },
      },
      {
        test: {
          name: 'server',
          include: ['test/server/**/*.server.ts'],
          fileParallelism: false,
          ...timeouts(3600),
        },
      },
      {
        test: {
          name: 'demo',
          include: ['test/demo/**/*.test.ts'],
          fileParallelism: false,
          ...timeouts(600),
        },
      },
      {
        test: {
          name: 'testbed',
          include: ['test/testbed/**/*.test.ts'],
          globalSetup: ['test/testbed/fetch.ts'],
          // A guest of the testbed takes both processors.
          fileParallelism: false,
          // More than a guest's own deadlines (testbed.ts), which tell more.
          ...timeouts(1500),
        },
      },
      {
        test: {
          name: 'packages',
          include: ['test/packages/**/*.packages.ts'],
          ...timeouts(600),
        },
      },
      {
        test: {
          name: 'upgrade',
          include: ['test/packages/**/*.upgrade.ts'],
          ...timeouts(900),
        },
      },
      {
        test: {
          name: 'images',
          include: ['test/images/**/*.images.ts'],
          ...timeouts(300),
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/**/*.slow.ts'],
          globalSetup: ['test/testbed/fetch.ts'],
          fileParallelism: false,
          ...timeouts(1500),
        },
      },
    ],
  },
});
