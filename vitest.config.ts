import { defineConfig } from 'vitest/config';

// The projects differ in where they can run (test/run):
// unit       anywhere;
// switching  frames through a real switch, and what does it harm, with guests without a VM;
// vm         real guests, only inside the private world: node dist/lab/enter.js -- vitest …;
// demo       outside of it, since it makes worlds of its own and looks at what they leave behind;
// testbed    anywhere, in guests of its own.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/switching/**', 'test/vm/**', 'test/demo/**', 'test/testbed/**'],
          // Some run hundreds of processes, and the machine may be busy.
          testTimeout: 90_000,
        },
      },
      {
        test: {
          name: 'switching',
          include: ['test/switching/**/*.test.ts'],
          // A switch and its guests are busy enough for two processors.
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'vm',
          include: ['test/vm/**/*.test.ts'],
          // One libvirtd, one switch, two processors: one file at a time.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'demo',
          include: ['test/demo/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
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
          testTimeout: 600_000,
        },
      },
    ],
  },
});
