/** Arguments of the two programs: one line for each mistake, and nothing has begun. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { readArguments } from '../../src/kubernetes/arguments.js';
import { DRA, draOptions } from '../../src/kubernetes/dra-options.js';
import { packageRoot } from '../../src/switch/paths.js';

function options(words: string[], env: NodeJS.ProcessEnv = {}) {
  const read = readArguments(DRA, words, env);
  if ('text' in read) throw new Error('text');
  return draOptions(read.values);
}

test('what is not given is the usual, and the node may come from the pod', () => {
  expect(options([], { NODE_NAME: 'worker-0' })).toEqual({
    ...{ node: 'worker-0', driver: 'vmlane.io', portsPerNetwork: 64, qemuGroup: 107 },
    ...{ controlSocket: '/run/vmlane/switch.sock', claims: '/run/vmlane/claims' },
    ...{ plugins: '/var/lib/kubelet/plugins', registry: '/var/lib/kubelet/plugins_registry' },
    ...{ cdi: '/var/run/cdi', kubeconfig: undefined },
  });
});

const NODE = ['--node-name', 'n'];
test.each([
  [[], /^--node-name: is missing; give a DNS name/],
  [['--node-name', 'Worker'], /^--node-name: 'Worker' is no such name/],
  [['--node-name'], /^--node-name: has no value/],
  [['--node-nam', 'x'], /^--node-nam: is no option; did you mean --node-name\?$/],
  [['-x'], /^-x: is no option; see vmlane-dra --help$/],
  [['worker-0'], /^worker-0: is no option/],
  [[...NODE, '--driver-name', `${'x'.repeat(60)}.example`], /^--driver-name: .* at most 63/],
  [[...NODE, '--driver-name', '../x'], /^--driver-name: '..\/x' is no such name/],
  [
    [...NODE, '--ports-per-network', '0'],
    /^--ports-per-network: '0' is not possible; .* 1 to 1000$/,
  ],
  [[...NODE, '--ports-per-network', '1e3'], /^--ports-per-network: '1e3' is not possible/],
  [[...NODE, '--qemu-group', 'qemu'], /^--qemu-group: 'qemu' is not possible/],
  [[...NODE, '--claims-folder', 'claims'], /^--claims-folder: "claims" is not absolute/],
  [[...NODE, '--claims-folder', `/${'x'.repeat(60)}`], /^--claims-folder: is 61 bytes long/],
  [[...NODE, '--cdi-folder', '/a/../b'], /^--cdi-folder: .* not normalised/],
  [[...NODE, '--control-socket', `/${'x'.repeat(120)}`], /longer than 107 bytes/],
])('%j', (words, message) => {
  expect(() => options(words)).toThrow(message);
});

describe('the programs', () => {
  const run = (name: string, ...words: string[]) => {
    const file = join(packageRoot(), 'dist/kubernetes', `${name}.cjs`);
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...words], {
      encoding: 'utf8',
    });
    return [status, stdout, stderr];
  };

  it('say their version, their options, and what is wrong, in one line', () => {
    expect(run('vmlane-dra', '--version')).toEqual([0, `${packageJson.version}\n`, '']);
    expect(run('vmlane-dra', '--help')).toEqual([
      0,
      expect.stringMatching(/--claims-folder PATH/),
      '',
    ]);
    expect(run('vmlane-dra', '--node-name', 'n', '--kubeconfig', '/nowhere')).toEqual([
      ...[2, ''],
      expect.stringMatching(/^vmlane-dra: \/nowhere: .*; run it in a pod .*\n$/),
    ]);
    expect(run('vmlane-binding', '--binding-name', 'A')).toEqual([
      ...[2, ''],
      expect.stringMatching(/^vmlane-binding: --binding-name: is no such name; .*\n$/),
    ]);
  });
});
