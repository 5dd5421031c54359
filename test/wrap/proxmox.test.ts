/** The wrapper where Proxmox has QEMU, /usr/bin/kvm, and the hook script, with a real QEMU and a real switch. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { patience } from '../../lab/slow.js';
import { SwitchClient } from '../../src/switch/client.js';
import { packageRoot } from '../../src/switch/paths.js';
import { readArgs } from '../qemu/fixtures.js';
import { localize } from '../qemu/localize.js';
import { type RealSwitch, startRealSwitch } from '../switch/real-switch.js';
import { WRAPPER } from './wrapper.js';

let dir: string;
let real: RealSwitch;
/** Of the guest that is a daemon. */
const pidfile = () => join(dir, '101.pid');

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-proxmox-'));
  mkdirSync(join(dir, 'guests'));
  // As `host setup --sockets` leaves it.
  chmodSync(join(dir, 'guests'), 0o2750);
  symlinkSync(WRAPPER, join(dir, 'kvm'));
  real = await startRealSwitch(dir);
});

afterEach(async () => {
  try {
    // Whatever its test has come to.
    const pid = existsSync(pidfile()) ? Number(readFileSync(pidfile(), 'utf8')) : 0;
    if (pid > 0 && existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
  } finally {
    await real.end('SIGTERM');
    rmSync(dir, { recursive: true, force: true });
  }
});

const run = (argv: string[], program = join(dir, 'kvm')) =>
  execa(program, argv, {
    cwd: '/',
    stdin: 'ignore',
    extendEnv: false,
    reject: false,
    timeout: patience(60_000),
    env: {
      PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
      VMLANE_SWITCH: real.socket,
      VMLANE_SOCKET_DIR: join(dir, 'guests'),
      VMLANE_SETTINGS: join(dir, 'settings'),
    },
  });

async function ports() {
  const client = await SwitchClient.connect(real.socket, { deadlineMs: patience(30_000) });
  try {
    return await client.ports();
  } finally {
    client.close();
  }
}

test('it tells the version that Proxmox reads', async () => {
  const { stdout, exitCode } = await run(['--version']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^QEMU emulator version \d+\.\d+/);
});

test('a guest is started as a daemon that Proxmox knows as its own, on a port of its number', async () => {
  // Only Proxmox's QEMU takes -id: without it the port has the guest's name.
  const argv = [...localize(readArgs('proxmox'), dir), '-daemonize', '-pidfile', pidfile()];
  expect(await run(argv)).toMatchObject({ exitCode: 0, stderr: '' });
  const pid = Number(readFileSync(pidfile(), 'utf8'));
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  // Source: parse_cmdline and vm_running_locally of qemu-server's Helpers.pm.
  expect(words[0]).toMatch(/kvm$|(?:^|\/)qemu-system-[^/]+$/);
  expect(words[words.indexOf('-pidfile') + 1]).toBe(pidfile());
  expect(await ports()).toMatchObject([
    { name: 'web.net0', mac: 'bc:24:11:00:00:65', path: join(dir, 'guests/web/net0.sock') },
  ]);
});

test('two guests of one name do not share a port', async () => {
  for (const id of ['101', '102']) await startNumbered(id, '0A');
  expect((await ports()).map(({ name }) => name).sort()).toEqual(['101.net0', '102.net0']);
});

/** QEMU here does not know -id and ends; by then the port is there. */
async function startNumbered(id: string, mac: string) {
  const argv = readArgs('proxmox').map((word) =>
    word.replace(/BC:24:11:00:00:65/, `BC:24:11:00:00:${mac}`),
  );
  expect((await run(['-id', id, ...argv.slice(2)])).stderr).toContain('-id: invalid option');
}

describe('the hook script', () => {
  const hook = (phase: string) =>
    run(['101', phase], join(packageRoot(), 'templates/proxmox/hookscript'));
  const configure = (...lines: string[]) => {
    writeFileSync(join(dir, 'qm.conf'), `${lines.join('\n')}\n`);
  };

  beforeEach(() => {
    mkdirSync(join(dir, 'bin'));
    const node = process.execPath;
    const main = join(packageRoot(), 'dist/bin/main.js');
    const programs = {
      qm: `[ "$*" = 'config 101' ] && cat ${join(dir, 'qm.conf')}`,
      vmlane: `exec ${node} ${main} "$@"`,
    };
    for (const [name, line] of Object.entries(programs)) {
      writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    }
  });

  test('gives ports what Proxmox gives taps, which the start keeps, and removes them', async () => {
    configure(
      'boot: order=scsi0',
      'name: web',
      'net0: virtio=BC:24:11:00:00:65,bridge=vmbr0,firewall=1,rate=12.5,tag=20',
      'net1: e1000=BC:24:11:00:01:65,bridge=vmbr0,tag=20',
      'net2: virtio=BC:24:11:00:02:65,bridge=vmbr0,link_down=1,tag=5,trunks=10;20-29',
      'net3: virtio=BC:24:11:00:03:65',
      'net4: virtio=BC:24:11:00:04:65,bridge=vmbr1,trunks=7',
    );
    const { exitCode, stderr } = await hook('pre-start');
    expect(stderr.split('\n')[0]).toBe(
      "vmlane: net0 of guest 101: Proxmox's firewall does not see it on the switch; see 'vmlane switch set --help' for guards",
    );
    expect(exitCode).toBe(0);
    const wanted = [
      { name: '101.net0', vlan: 20, vlan_mode: 'access', inbound: 12_800, outbound: 12_800 },
      {
        name: '101.net2',
        vlan: 5,
        vlan_mode: 'native-untagged',
        trunks: '10,20-29',
        link: 'disable',
      },
      { name: '101.net4', vlan: 0, vlan_mode: 'trunk', trunks: '7', mac: 'bc:24:11:00:04:65' },
    ];
    expect(await ports()).toMatchObject(wanted);
    await startNumbered('101', '65');
    expect(await ports()).toMatchObject(wanted);
    expect(await hook('post-start')).toMatchObject({ exitCode: 0, stderr: '' });
    // Somebody has taken a NIC out of the configuration meanwhile.
    configure('net0: virtio=BC:24:11:00:00:65,bridge=vmbr0,tag=20');
    expect(await hook('post-stop')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await ports()).toEqual([]);
  });

  test('keeps a guest from starting when its port cannot be added', async () => {
    configure('net0: virtio=BC:24:11:00:00:65,bridge=vmbr0,rate=fast');
    expect(await hook('pre-start')).toMatchObject({
      exitCode: 1,
      stderr: 'vmlane: net0 of guest 101: rate=fast is no number; correct it',
    });
    configure('net0: virtio=BC:24:11:00:00:65,bridge=vmbr0,tag=5000');
    const { exitCode, stderr } = await hook('pre-start');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^vmlane switch add: --vlan: "5000" is not .*$/);
    expect(await ports()).toEqual([]);
  });
});
