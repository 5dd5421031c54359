/** libvirt's network hook with a real libvirtd: its networks are started anew, and a guest on one keeps it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { GuestConsole } from '../../lab/console.js';
import {
  DEFAULT_NETWORK,
  defineOnDefault,
  startDefaultNetwork,
} from '../../lab/default-network.js';
import { Lab } from '../../lab/lab.js';
import { pingMeanwhile } from '../../lab/ping.js';
import { strays } from '../../lab/strays.js';
import { packageRoot } from '../../src/switch/paths.js';
import { tellAllOnFailure } from './use-lab.js';

const LOG = '/run/vmlane/hook.log';
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open({ say: (text) => console.log(text), hooks: true });
  await startDefaultNetwork();
  await lab.vmlane('network', 'add', 'lan', '--libvirt', 'default');
});

afterAll(async () => {
  await lab?.vmlane('network', 'remove', 'lan', '--force');
  await lab?.close();
  expect(await strays()).toEqual([]);
});

async function virsh(...words: string[]): Promise<string> {
  return (await execa('virsh', ['--quiet', ...words])).stdout;
}

async function restartNetwork(): Promise<void> {
  await virsh('net-destroy', 'default');
  await virsh('net-start', 'default');
}

/** The bridge that an interface is in. */
async function masterOf(name: string): Promise<string | undefined> {
  const { stdout } = await execa('ip', ['-json', 'link', 'show', 'dev', name]);
  return JSON.parse(stdout)[0].master;
}

/** What the hook has written since. */
async function logged(): Promise<string> {
  const text = await readFile(LOG, 'utf8').catch(() => '');
  await rm(LOG, { force: true });
  return text;
}

const view = async () => JSON.parse(await lab.vmlane('network', 'show', 'lan', '--json'));

test('the status says that libvirtd calls both hooks', async () => {
  const { troubles, called, network } = JSON.parse(await lab.vmlane('hook', 'status', '--json'));
  expect({ troubles, called, network }).toEqual({
    troubles: [],
    called: 'yes',
    network: { path: '/etc/libvirt/hooks/network.d/vmlane', called: 'yes' },
  });
});

test('a network that is started anew has the switch in its bridge again, and a guest loses seconds', async () => {
  tellAllOnFailure();
  const xml = await defineOnDefault('w', 1);
  await lab.vmlane('wrap', 'install', 'w', '--unchecked');
  await virsh('start', 'w');
  // Its NIC names the network and, by then, the bridge.
  const port = JSON.parse(await lab.vmlane('switch', 'show', 'w.hostnet0', '--json'));
  expect(port).toMatchObject({ vlan: 4094 });
  const w = new GuestConsole('w');
  await w.ready();
  await logged();
  const { times } = await pingMeanwhile(w, DEFAULT_NETWORK.host, restartNetwork);
  w.close();
  expect(times.size).toBeGreaterThan(1);
  expect(await masterOf('vl-lan')).toBe('virbr0');
  expect(await view()).toMatchObject({ state: 'up', ports: ['w.hostnet0'] });
  expect(await logged()).toMatch(
    new RegExp(`^${TIME} network default: vl-lan is in bridge virbr0 again\n$`),
  );
  await virsh('destroy', 'w');
  await lab.vmlane('wrap', 'uninstall', 'w');
  expect(await virsh('dumpxml', '--inactive', 'w')).toBe(xml.trimEnd());
});

test('whatever fails, the network starts, and the log says what failed', async () => {
  tellAllOnFailure();
  await execa('ip', ['link', 'del', 'vl-lan']);
  await restartNetwork();
  expect(await logged()).toMatch(
    /network default: network lan: its interface vl-lan is not there; restart the switch, which makes it\n$/,
  );
  await lab.vmlane('network', 'add', 'lan', '--libvirt', 'default');

  // Another bridge by now.
  await virsh('net-destroy', 'default');
  const xml = await virsh('net-dumpxml', '--inactive', 'default');
  await writeFile('/run/lab/net.xml', xml.replace('virbr0', 'virbr7'));
  await virsh('net-define', '/run/lab/net.xml');
  await virsh('net-start', 'default');
  expect(await logged()).toMatch(
    /network default: network lan: its bridge virbr0 is not there; libvirt's default has another one by now: remove the network and add it again\n$/,
  );
  await virsh('net-destroy', 'default');
  await writeFile('/run/lab/net.xml', xml);
  await virsh('net-define', '/run/lab/net.xml');

  // A program that is gone, and one that hangs (its time limit is the file's).
  const hook = '/etc/libvirt/hooks/network.d/vmlane';
  const text = await readFile(hook, 'utf8');
  onTestFinished(() => writeFile(hook, text));
  await writeFile(hook, text.replace(/^main=.*$/m, "main='/nowhere/hook.js'"));
  await virsh('net-start', 'default');
  expect(await logged()).toMatch(
    new RegExp(`${TIME} network default: the hook ended with status 1; run: vmlane hook status\n$`),
  );
  await mkdir('/run/lab/slow', { recursive: true });
  await writeFile('/run/lab/slow/node', '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
  await writeFile(
    hook,
    text.replace(/^node=.*$/m, "node='/run/lab/slow/node'").replace('timeout 10', 'timeout 1'),
  );
  await restartNetwork();
  expect(await logged()).toContain('the hook ended with status 124');
});

test('an interface that somebody has put elsewhere stays there; other networks are none of its concern', async () => {
  tellAllOnFailure();
  await restartNetwork();
  expect(await masterOf('vl-lan')).toBe('virbr0');
  await execa('ip', ['link', 'set', 'vl-lan', 'master', 'br-lab']);
  onTestFinished(async () => {
    await execa('ip', ['link', 'set', 'vl-lan', 'master', 'virbr0']);
  });
  await logged();
  await restartNetwork();
  expect(await masterOf('vl-lan')).toBe('br-lab');
  expect(await logged()).toBe('');
});

test('installed by the version before, it is to be installed again', async () => {
  await rm('/etc/libvirt/hooks/network.d/vmlane');
  const words = [`${packageRoot()}/dist/bin/main.js`, 'hook', 'status', '--json'];
  const { exitCode, stdout } = await execa(process.execPath, words, { reject: false });
  const missing = '/etc/libvirt/hooks/network.d/vmlane: is missing; run: vmlane hook install';
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ hook: 'outdated', called: 'yes', network: { called: 'no' } },
    troubles: [expect.stringContaining(missing)],
  });
});
