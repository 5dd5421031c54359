/**
 * The images (setup/images) as containers of a node: with the rights, mounts and arguments of the manifests, and the
 * CDI files of vmlane-dra. The switch and podman are real; kubelet, API server and virt-launcher are stand-ins.
 * In setup/podman-world, which is the node, with a network of its own.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { until } from '../../lab/poll.js';
import { serviceOf } from '../../src/kubernetes/rpc.js';
import { SwitchClient } from '../../src/switch/index.js';
import { packageRoot } from '../../src/switch/paths.js';
import { FakeApiServer } from '../kubernetes/apiserver.js';
import { call, FakeKubelet } from '../kubernetes/kubelet.js';
import type { RealSwitch } from '../switch/real-switch.js';
import { startSwitch } from '../switching/start.js';
import { type Pod, podman, start } from './pods.js';

const ROOT = packageRoot();
const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const NODE = 'worker-0';
const RUN = '/run/vmlane';
const ACCOUNT = '/run/account';
const CLAIM = {
  ...{ namespace: 'default', name: 'web-lan-abcde' },
  uid: '11111111-1111-4111-8111-111111111111',
};
const SOCKETS = `${RUN}/claims/${CLAIM.uid}`;
const QEMU = 107;

const kubelet = new FakeKubelet('/var/lib/kubelet/plugins_registry');
let api: FakeApiServer;
let pod: Pod;
let one: RealSwitch | undefined;

/** What waits says what the driver has said. */
async function wait<T>(thing: string, probe: () => Promise<T | undefined>): Promise<T> {
  try {
    return await until({ thing, problem: 'did not come', remedy: '', ms: 20_000 }, probe);
  } catch (cause) {
    const { all } = await execa('podman', ['logs', 'dra'], { all: true, reject: false });
    throw new Error(`${thing}: did not come\n${all}`, { cause });
  }
}

async function ports() {
  const client = await SwitchClient.connect(`${RUN}/switch.sock`);
  try {
    return await client.ports();
  } finally {
    client.close();
  }
}

/** What is left of claims, of any kind. */
async function left(): Promise<string[]> {
  const names = (folder: string) => readdir(folder);
  return [
    ...(await ports()).map(({ name }) => name),
    ...(await names(`${RUN}/claims`)),
    ...(await names('/run/cdi')),
  ];
}

/** The API server as a pod reaches it: by TLS, with its service account. */
async function startApi(): Promise<string> {
  mkdirSync(ACCOUNT);
  const at = (name: string) => join(ACCOUNT, name);
  const subject = ['-subj', '/CN=kubernetes', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', '/run/api.key'];
  await execa('openssl', ['req', '-x509', ...subject, ...key, '-out', at('ca.crt')]);
  writeFileSync(at('token'), 'token of the account');
  writeFileSync(at('namespace'), 'vmlane');
  api = new FakeApiServer({
    ...{ key: readFileSync('/run/api.key'), cert: readFileSync(at('ca.crt')) },
    token: 'token of the account',
  });
  api.nodes.set(NODE, { metadata: { name: NODE, uid: 'node-uid-0' } });
  return new URL(await api.start()).port;
}

/** What kubelet adds to the pod. */
let ofKubelet: string[];

async function startDriver() {
  await start('dra', pod, ofKubelet);
  return wait('the driver', () => kubelet.register().catch(() => undefined));
}

beforeAll(async () => {
  const run = 'run: bash test/run images';
  expect(existsSync('/run/etc-work'), `this is no world of podman's; ${run}`).toBe(true);
  await podman('load', '--quiet', '--input', join(ROOT, 'build/images.tar'));
  const daemons = parseAllDocuments(text('deploy/kubernetes/driver.yaml'))
    .map((document) => document.toJS())
    .find(({ kind }) => kind === 'DaemonSet');
  pod = daemons.spec.template.spec;
  await execa('ip', ['link', 'set', 'lo', 'up']);
  await execa('ip', ['link', 'add', 'br0', 'mtu', '1400', 'type', 'bridge']);
  const account = '/var/run/secrets/kubernetes.io/serviceaccount';
  ofKubelet = [
    ...[`--volume=${ACCOUNT}:${account}:ro`, `--env=NODE_NAME=${NODE}`],
    ...['--env=KUBERNETES_SERVICE_HOST=127.0.0.1'],
    `--env=KUBERNETES_SERVICE_PORT=${await startApi()}`,
  ];
  // As `host setup --qemu-group 107` does: the switch's user dials what QEMU's group may.
  appendFileSync('/etc/group', `qemu-of-pods:x:${QEMU}:nobody\n`);
  for (const folder of [RUN, '/var/lib/kubelet/plugins_registry', '/etc/vmlane/networks'])
    mkdirSync(folder, { recursive: true });
  const network = { version: 1, name: 'lan', vlan: 100, bridge: 'br0' };
  const record = { ...network, control_socket: `${RUN}/switch.sock` };
  writeFileSync('/etc/vmlane/networks/lan.json', JSON.stringify(record));
  one = await startSwitch(RUN);
});

afterAll(async () => {
  await podman('rm', '--force', '--all', '--time', '0');
  await one?.end('SIGTERM');
  await api?.end();
});

test('vmlane-dra has what it needs, and no more', async () => {
  const info = await startDriver();
  expect(info).toMatchObject({ name: 'vmlane.io' });
  const slice = await wait('slices', async () => [...api.slices.values()][0]);
  const { devices } = slice.spec as { devices: { name: string; attributes: object }[] };
  expect(devices).toHaveLength(64);
  // The bridge's, of the node's network: by the image's `ip`.
  expect(devices[0]).toMatchObject({ name: 'lan-0', attributes: { mtu: { int: 1400 } } });

  const status = await podman('exec', 'dra', 'cat', '/proc/1/status');
  // CHOWN, DAC_OVERRIDE, FOWNER, FSETID.
  expect(status).toMatch(/^CapBnd:\t0*1b$/m);
  expect(status).toMatch(/^CapEff:\t0*1b$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  for (const folder of ['/', '/etc/vmlane', '/tmp', '/run'])
    await expect(podman('exec', 'dra', 'touch', join(folder, 'x'))).rejects.toThrow(/Read-only/);
});

test("a claim is prepared, survives the container, and its folder is QEMU's group's", async () => {
  const info = await wait('the driver', () => kubelet.register());
  const devices = [{ device: 'lan-0' }];
  api.allocate({ ...CLAIM, podClaim: 'lan', devices }, NODE);
  const answers = await kubelet.prepare(info, [CLAIM]);
  expect(answers[CLAIM.uid]).toMatchObject({
    error: '',
    devices: [
      {
        cdi_device_ids: [`vmlane.io/port=${CLAIM.uid}-0`, `vmlane.io/port=${CLAIM.uid}-metadata-0`],
      },
    ],
  });
  expect(await left()).toEqual([`claim:${CLAIM.uid}.0`, CLAIM.uid, `vmlane.io-${CLAIM.uid}.json`]);
  const folder = statSync(`${SOCKETS}/0`);
  expect([folder.uid, folder.gid, folder.mode & 0o7777]).toEqual([0, QEMU, 0o3770]);
  expect(statSync(`${SOCKETS}/metadata-0.json`).mode & 0o777).toBe(0o644);
  await podman('rm', '--force', '--time', '0', 'dra');
  const again = await startDriver();
  expect(await kubelet.prepare(again, [CLAIM])).toEqual(answers);
});

test('vmlane-binding and QEMU have the claim by CDI, as user 107', async () => {
  const hooks = '/run/hooks';
  mkdirSync(hooks);
  // An emptyDir with the pod's fsGroup.
  await execa('sh', ['-c', `chown 0:${QEMU} ${hooks} && chmod 2777 ${hooks}`]);
  const image = parse(text('deploy/kubernetes/kubevirt.yaml')).spec.configuration.network.binding
    .vmlane.sidecarImage;
  const claim = ['0', 'metadata-0'].map((name) => `--device=vmlane.io/port=${CLAIM.uid}-${name}`);
  const rights = ['--cap-drop=ALL', '--security-opt=no-new-privileges', '--network=none'];
  const ours = [
    ...claim,
    ...rights,
    '--cgroups=disabled',
    '--read-only',
    '--read-only-tmpfs=false',
  ];
  const volume = `--volume=${hooks}:/var/run/kubevirt-hooks`;
  const socket = `${hooks}/vmlane.sock`;
  const info = serviceOf('info', 'kubevirt.hooks.info.Info');
  const answers = () =>
    wait('the plugin', () => call(socket, info, 'Info', {}).catch(() => undefined));
  await podman('run', '--detach', '--name', 'binding', ...ours, volume, image);
  await answers();
  // It ends by accident, and leaves its socket to the next.
  await podman('kill', 'binding');
  await podman('wait', 'binding');
  expect(existsSync(socket)).toBe(true);
  await podman('start', 'binding');
  expect(await answers()).toMatchObject({ versions: ['v1alpha3'] });
  const service = serviceOf('hooks', 'kubevirt.hooks.v1alpha3.Callbacks');
  const vm = parse(text('deploy/kubernetes/example-vm.yaml'));
  const request = {
    domainXML: Buffer.from(text('test/data/convert/kubevirt.xml')),
    vmi: Buffer.from(JSON.stringify(vm.spec.template)),
  };
  const answer = await call<{ domainXML: Buffer }>(socket, service, 'OnDefineDomain', request);
  const xml = answer.domainXML.toString();
  const { devices } = JSON.parse(readFileSync(`/run/cdi/vmlane.io-${CLAIM.uid}.json`, 'utf8'));
  const path = `${devices[0].containerEdits.mounts[0].containerPath}/vhost.sock`;
  expect(xml).toContain(`path="${path}"`);
  const [port] = await ports();
  expect(xml).toContain(`<mac address="${port?.mac}"/>`);
  expect(xml).toContain('<qemu:property name="host_mtu" type="unsigned" value="1400"/>');
  expect(statSync(socket)).toMatchObject({ uid: QEMU, gid: QEMU });

  // QEMU's place is taken by a program that listens where the domain says, and the switch dials it.
  // It leaves a folder that is closed to root without rights, as is what lies in it.
  const program = `process.umask(0o002);
    const { mkdirSync, writeFileSync } = require('node:fs');
    mkdirSync('${path}.own', { mode: 0o1700 });
    writeFileSync('${path}.own/file', '');
    require('node:net').createServer(() => { console.log('dialled'); process.exit(); }).listen('${path}');`;
  const qemu = ['--rm', '--name', 'qemu', ...ours, '--entrypoint', 'node', image, '-e', program];
  expect(await podman('run', ...qemu)).toBe('dialled');
  expect(statSync(`${SOCKETS}/0/vhost.sock`)).toMatchObject({ uid: QEMU, gid: QEMU });

  await call(socket, service, 'Shutdown', {});
  expect(await podman('wait', 'binding')).toBe('0');
  expect(existsSync(socket)).toBe(false);
});

test('nothing is left of the claim, and the driver ends when it is told', async () => {
  const info = await wait('the driver', () => kubelet.register());
  expect(await kubelet.unprepare(info, [CLAIM])).toEqual({ [CLAIM.uid]: { error: '' } });
  expect(await left()).toEqual([]);
  await podman('stop', '--time', '20', 'dra');
  expect(await podman('inspect', 'dra', '--format', '{{.State.ExitCode}}')).toBe('0');
  expect(await kubelet.register()).toBeUndefined();
});
