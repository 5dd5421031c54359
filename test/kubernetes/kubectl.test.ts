/**
 * Debian's kubectl takes the manifests, and refuses them with a mistake in them. kubectl has no list of kinds or fields
 * of its own for this: it asks the API server for both. Here that is a stand-in (apiserver.ts) with what Kubernetes 1.34
 * publishes; of KubeVirt's objects it knows kinds only, so their fields are unchecked. A real server of today checks
 * fields itself, and kubectl leaves that to it; what a server checks beside (values, CEL, admission) is not seen here.
 *
 * Another kubectl: VMLANE_KUBECTL=/usr/bin/kubectl. Seen to say the same: 1.20 (Debian 12), 1.27 to 1.33 (1.32: Debian 13).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fetched } from '../../lab/cache.js';
import { FakeApiServer } from './apiserver.js';
import {
  deployed,
  documents,
  type Manifest,
  manifestFiles,
  manifests,
  rendered,
} from './deployed.js';

const server = new FakeApiServer();
const home = mkdtempSync(join(tmpdir(), 'vmlane-kubectl-'));
let url: string;

beforeAll(async () => {
  url = await server.start();
});

afterAll(async () => {
  await server.end();
  rmSync(home, { recursive: true, force: true });
});

async function kubectl(words: string[], input: string) {
  const program =
    process.env.VMLANE_KUBECTL ??
    `${fetched('kubectl', 'setup/kubectl-parts')}/root/usr/bin/kubectl`;
  // Neither this machine's cluster nor what an earlier run has kept of a server.
  const env = { HOME: home, KUBECONFIG: '/dev/null' };
  const options = { input, env, reject: false } as const;
  const { exitCode, stdout, stderr } = await execa(program, [`--server=${url}`, ...words], options);
  return { exitCode, stdout, stderr };
}

// Newer ones know it as `strict`, too.
const create = (text: string) =>
  kubectl(['create', '--dry-run=client', '--validate=true', '-f', '-'], text);

function created({ apiVersion, kind, metadata }: Manifest): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return `${kind.toLowerCase()}${group}/${metadata.name} created (dry run)`;
}

test.each([
  ...manifestFiles().map((file) => [file, deployed(`kubernetes/${file}`)] as const),
  ...rendered().map((text, i) => [`template ${i + 1} of the chart`, text] as const),
])('kubectl takes %s', async (_, text) => {
  const lines = documents(text).map(created).join('\n');
  expect(await create(text)).toEqual({ exitCode: 0, stdout: lines, stderr: '' });
});

test('so it does by the documented command', async () => {
  const files = ['driver.yaml', 'class.yaml'];
  const words = files.flatMap((file) => ['-f', `deploy/kubernetes/${file}`]);
  const result = await kubectl(['apply', '--dry-run=client', '--validate=true', ...words], '');
  const lines = files.flatMap(manifests).map(created).join('\n');
  expect(result).toEqual({ exitCode: 0, stdout: lines, stderr: '' });
});

test.each([
  ['class.yaml', 'selectors:', 'selecters:', 'unknown field "selecters"'],
  ['class.yaml', '        driver: vmlane.io\n', '', 'missing required field "driver"'],
  [
    'class.yaml',
    'resource.k8s.io/v1\n',
    'resource.k8s.io/v3\n',
    'no matches for kind "DeviceClass"',
  ],
  [
    'class.yaml',
    'resource.k8s.io/v1\n',
    'resources.k8s.io/v1\n',
    'no matches for kind "DeviceClass"',
  ],
  ['driver.yaml', 'kind: DaemonSet', 'kind: DemonSet', 'no matches for kind "DemonSet"'],
  ['driver.yaml', 'readOnlyRootFilesystem:', 'readonlyRootFilesystem:', 'unknown field "readonly'],
  ['driver.yaml', 'drop: [ALL]', 'drop: ALL', 'got "string", expected "array"'],
  ['driver.yaml', 'runAsUser: 0', 'runAsUser: root', 'got "string", expected "integer"'],
  ['driver.yaml', 'hostNetwork: true', 'hostNetwork: 1', 'got "integer", expected "boolean"'],
  ['driver.yaml', 'validationActions:', 'validationAction:', 'unknown field "validationAction"'],
  ['driver.yaml', 'resources: [nodes]', 'resource: [nodes]', 'unknown field "resource"'],
  ['example-claim.yaml', 'deviceClassName:', 'deviceClass:', 'unknown field "deviceClass"'],
  ['example-vm.yaml', 'kind: VirtualMachine', 'kind: VirtualMachines', 'no matches for kind'],
  ['example-vm.yaml', 'kubevirt.io/v1', 'kubevirt.io/v1alpha3', 'no matches for kind'],
])('it refuses %s with %j as %j', async (file, from, to, problem) => {
  const text = deployed(`kubernetes/${file}`);
  expect(text).toContain(from);
  const { exitCode, stderr } = await create(text.replace(from, to));
  expect(stderr).toContain(problem);
  expect(exitCode).toBe(1);
});

test('its own types, which no server told it, have all that the DaemonSet says', async () => {
  const written = manifests('driver.yaml').find(({ kind }) => kind === 'DaemonSet') as Manifest;
  const [container] = written.spec.template.spec.containers;
  // It reads the object into its types, sets the image and writes out what the types hold.
  const words = ['set', 'image', '--local', '-o', 'json', '-f', '-', `${container.name}=other`];
  const read = async (text: string) => {
    const { stdout, stderr } = await kubectl(words, text);
    expect(stderr).toBe('');
    return [JSON.parse(stdout), JSON.parse(text.replace(container.image, 'other'))];
  };
  const text = JSON.stringify(written);
  const [kept, asked] = await read(text);
  expect(kept).toMatchObject(asked);
  const [less, wrong] = await read(text.replace('"hostNetwork"', '"hostNetworks"'));
  expect(less).not.toMatchObject(wrong);
});

test('it puts the plugin into a KubeVirt object, and leaves the rest', async () => {
  const kubevirt = (configuration: object) => ({
    ...{ apiVersion: 'kubevirt.io/v1', kind: 'KubeVirt' },
    metadata: { name: 'kubevirt', namespace: 'kubevirt' },
    spec: { configuration, imagePullPolicy: 'Always' },
  });
  const patch = ['--type=merge', '--patch-file=deploy/kubernetes/kubevirt.yaml'];
  const there = kubevirt({ network: { binding: { passt: {} } }, machineType: 'q35' });
  const words = ['patch', '--local', '-f', '-', ...patch, '-o', 'json'];
  const { stdout, stderr } = await kubectl(words, JSON.stringify(there));
  expect(stderr).toBe('');
  const { configuration } = parse(deployed('kubernetes/kubevirt.yaml')).spec;
  const binding = { passt: {}, ...configuration.network.binding };
  expect(JSON.parse(stdout)).toEqual(
    kubevirt({ ...configuration, network: { binding }, machineType: 'q35' }),
  );
});
