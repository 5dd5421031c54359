/**
 * Manifests: by the published types, by the driver's own reading of configs and arguments; and the chart says the same.
 * What kubectl says of them: kubectl.test.ts.
 */
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { readArguments } from '../../src/kubernetes/arguments.js';
import { boundNicsOf } from '../../src/kubernetes/binding/vmi.js';
import { readPortConfig } from '../../src/kubernetes/claims/config.js';
import { DRA, draOptions } from '../../src/kubernetes/dra-options.js';
import { deployed, documents, type Manifest, manifests, rendered } from './deployed.js';
import { wrongWith } from './published.js';

const of = (all: Manifest[], kind: string) => all.find((one) => one.kind === kind) as Manifest;

test('each object is of a published type', () => {
  const files = ['driver.yaml', 'class.yaml', 'example-claim.yaml'];
  const all = files.flatMap(manifests);
  expect(all.length).toBeGreaterThan(8);
  expect(all.flatMap((one) => wrongWith(one, `V1${one.kind}`))).toEqual([]);
  // The check sees mistakes.
  const [first] = manifests('class.yaml');
  expect(wrongWith({ ...first, spec: { selector: [] } }, 'V1DeviceClass')).toEqual([
    'V1DeviceClass.spec.selector: no such field',
  ]);
});

test('the driver accepts its arguments, its folders are mounted, and its role has what it asks', () => {
  const all = manifests('driver.yaml');
  const pod = of(all, 'DaemonSet').spec.template.spec;
  const [container] = pod.containers;
  const read = readArguments(DRA, container.args, { NODE_NAME: 'worker-0' });
  if ('text' in read) throw new Error('text');
  const options = draOptions(read.values);
  const mounted: string[] = container.volumeMounts.map(
    (one: { mountPath: string }) => one.mountPath,
  );
  const { plugins, registry, cdi, claims, controlSocket } = options;
  for (const path of [
    `${plugins}/${options.driver}`,
    registry,
    cdi,
    claims,
    controlSocket,
    '/etc/vmlane/networks',
  ])
    expect(
      mounted.filter((one) => `${path}/`.startsWith(`${one}/`)),
      path,
    ).toHaveLength(1);
  // Sockets and checkpoints of other drivers are no concern of its.
  expect(mounted).not.toContain(plugins);
  // CDI files and the pod's sandbox name paths of the node: these must be the same in the container.
  for (const { name, mountPath } of container.volumeMounts)
    expect(pod.volumes.find((one: { name: string }) => one.name === name).hostPath.path).toBe(
      mountPath,
    );
  expect(container.image).toBe(`localhost/vmlane-dra:${packageJson.version}`);
  expect(deployed('kubernetes/kubevirt.yaml')).toContain(
    `localhost/vmlane-binding:${packageJson.version}`,
  );
  expect(deployed('Containerfile')).toContain(`localhost/vmlane-binding:${packageJson.version}`);
});

test('the admission policy asks for the node and the driver of a slice, the old one where it goes', () => {
  const all = manifests('driver.yaml');
  const { variables, validations, matchConstraints } = of(all, 'ValidatingAdmissionPolicy').spec;
  expect(matchConstraints.resourceRules[0].operations).toEqual(['CREATE', 'UPDATE', 'DELETE']);
  const slice = variables.find((one: { name: string }) => one.name === 'slice');
  expect(slice.expression).toBe('request.operation == "DELETE" ? oldObject : object');
  expect(validations.map((one: { expression: string }) => one.expression)).toEqual([
    expect.stringContaining(
      "variables.nodeOfAccount == variables.slice.spec.?nodeName.orValue('')",
    ),
    'variables.slice.spec.driver == "vmlane.io"',
  ]);
});

test('class and claim may say what they say, and the guest has a NIC of the claim', () => {
  const [deviceClass] = manifests('class.yaml');
  const [template] = manifests('example-claim.yaml');
  const devices = template?.spec.spec.devices;
  const configs = [...(deviceClass?.spec.config ?? []), ...devices.config];
  expect(configs.map((one) => readPortConfig(one.opaque.parameters, 'config'))).toHaveLength(2);
  const [vm] = manifests('example-vm.yaml');
  const [nic] = boundNicsOf(JSON.stringify(vm?.spec.template), 'vmlane');
  expect(nic).toMatchObject({ name: 'fast', queues: 2, claim: { podClaim: 'lan' } });
  expect(vm?.spec.template.spec.resourceClaims[0].resourceClaimTemplateName).toBe(
    template?.metadata.name,
  );
  expect(devices.requests[0].name).toBe(nic?.request);
  expect(devices.requests[0].exactly.deviceClassName).toBe(deviceClass?.metadata.name);
  const { binding } = parse(deployed('kubernetes/kubevirt.yaml')).spec.configuration.network;
  expect(Object.keys(binding)).toEqual(['vmlane']);
});

test('the chart has the same objects', () => {
  const plain = ['class.yaml', 'driver.yaml'].flatMap(manifests);
  expect(rendered().flatMap(documents)).toEqual(plain.filter(({ kind }) => kind !== 'Namespace'));
  const chart = parse(deployed('helm/vmlane/Chart.yaml'));
  expect([chart.version, chart.appVersion]).toEqual([packageJson.version, packageJson.version]);
});
