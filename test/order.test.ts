/** Folders under src/ are stages: imports go downwards only, type imports included. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cruise, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser';
import { expect, test } from 'vitest';

/** The stages, lowest first: a folder imports from itself and from those before it. */
const ORDER = [
  'contract', // the control protocol: shapes and bounds
  'values', // what everybody speaks in: addresses, sizes, paths, errors
  'xml', // read, build, edit
  'spec', // spec file -> guest
  'qemu', // QEMU's arguments, rewritten
  'domain', // guest -> domain XML; domain XML checked and changed
  'system', // this host's /proc, /sys and /etc
  'serve', // HTTP for few: places, limits, a token
  'switch', // client of the control protocol
  'relays', // pairs of the switch's ports
  'libvirt', // the only importer of the bindings
  'networks', // the host's side of the switch: interfaces that are ports
  'metrics', // counters for Prometheus
  'sriov', // PFs and VFs
  'host', // check, explain, plan, set up
  'guests', // start, stop, plug, view, validate, wrap, apply
  'inventory', // other hosts, each by its own vmlane
  'cni', // the entry of the plugin for containers
  'web', // a page that shows the switch
  'wrap', // qemu-wrap's entry
  'hook', // the entry of libvirt's hook
  'kubernetes', // the entries of the DRA driver and of KubeVirt's binding plugin
  'trial', // a demo for who has installed it
  'cli', // the command line's entry
] as const;

/** Folders that compute and do nothing else. */
const PURE = ['values', 'contract', 'xml', 'spec', 'qemu', 'domain'];

/** What of Node and of the dependencies such a folder may use; everything else may reach the world. */
const HARMLESS = ['path', 'crypto', 'fast-xml-parser', 'yaml', 'zod'];

const ROOT = join(import.meta.dirname, '..');

const RULES: IFlattenedRuleSet = {
  forbidden: [
    ...ORDER.map((name, i) => ({
      name: `${name} imports from above`,
      severity: 'error' as const,
      from: { path: `^src/${name}/` },
      to: { path: `^src/(?:index\\.ts$|(?:${[...ORDER.slice(i + 1), '-'].join('|')})/)` },
    })),
    {
      name: 'not in ORDER',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(?:index\\.ts$|(?:${ORDER.join('|')})/)` },
      to: {},
    },
    {
      name: 'I/O in a pure folder',
      severity: 'error',
      from: { path: `^src/(?:${PURE.join('|')})/` },
      to: { pathNot: `^src/|^(?:${HARMLESS.join('|')})$|^node_modules/(?:${HARMLESS.join('|')})/` },
    },
    {
      name: 'cycle of files',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'cycle of folders',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
  ],
};

/** The imports below src/ of a folder that a rule forbids, `rule: from -> to`. */
async function forbidden(baseDir: string): Promise<string[]> {
  const { output } = await cruise(['src'], {
    baseDir,
    // The compiler's own parser is gone from TypeScript 7; this one keeps type imports, too.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    metrics: true,
    validate: true,
    ruleSet: RULES,
  });
  const { summary } = output as ICruiseResult;
  expect(summary.totalDependenciesCruised).toBeGreaterThan(1000);
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

test('imports go downwards only', async () => {
  expect(await forbidden(ROOT)).toEqual([]);
});

test('an import that goes upwards, does I/O or closes a circle is seen', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-order-'));
  try {
    await cp(join(ROOT, 'src'), join(folder, 'src'), { recursive: true });
    await writeFile(
      join(folder, 'src/xml/a.ts'),
      `import type { B } from './b.js';
       import type { Io } from '../cli/io.js';
       import { readFileSync } from 'node:fs';
       export const b = async (io: Io) => [readFileSync, io, await import('../libvirt/uri.js')];`,
    );
    await writeFile(join(folder, 'src/xml/b.ts'), "import type { A } from './a.js';");
    await writeFile(join(folder, 'src/stray.ts'), "import './values/errors.js';");
    expect(await forbidden(folder)).toEqual(
      expect.arrayContaining([
        'I/O in a pure folder: src/xml/a.ts -> fs',
        'xml imports from above: src/xml/a.ts -> src/cli/io.ts',
        'xml imports from above: src/xml/a.ts -> src/libvirt/uri.ts',
        'not in ORDER: src/stray.ts -> src/values/errors.ts',
        'cycle of folders: src/xml -> src/cli',
        'cycle of files: src/xml/a.ts -> src/xml/b.ts',
      ]),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
