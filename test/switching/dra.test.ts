/** Claims of pods become ports of a real switch: vmlane-dra between stand-ins for kubelet and API server. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AS_QEMU, DRIVER, NODE, type TestNode, withNode } from '../kubernetes/node.js';
import { Transcript } from '../kubernetes/transcript.js';
import { frame, mac } from './frames.js';
import { Guests } from './guests.js';

const isRoot = process.getuid?.() === 0;

function claimOf(name: string, uid = randomUUID()) {
  return { namespace: 'default', name, uid };
}

/** As libvirt starts QEMU, whose socket its group may dial: umask 002. */
function qemus(): Guests {
  const before = process.umask(0o002);
  try {
    return new Guests(AS_QEMU);
  } finally {
    process.umask(before);
  }
}

/** QEMU in the pod listens on its claim's socket, and the switch dials. */
function listen(guests: Guests, node: TestNode, uid: string, guest: string): Promise<void> {
  return guests.open(guest, join(node.claims, uid, '0/vhost.sock'), { listen: true });
}

/** What the driver does at its start, while it serves. */
async function leaves(node: TestNode, wanted: string[]): Promise<void> {
  await node.until(`nothing but ${wanted.join(', ')}`, async () => {
    const left = await node.left();
    return JSON.stringify(left) === JSON.stringify(wanted) || undefined;
  });
}

describe.skipIf(!isRoot).concurrent('vmlane-dra', () => {
  it('publishes devices, prepares a claim, carries a frame, and leaves nothing', ({ expect }) =>
    withNode(async (node) => {
      const page = new Transcript([
        [join(node.folder, 'plugins'), '/var/lib/kubelet/plugins'],
        [join(node.folder, 'cdi'), '/var/run/cdi'],
        [node.folder, '/run/vmlane'],
      ]);
      page.prose(
        "# A claim's life\n\nMade by test/switching/dra.test.ts, with `vmlane-dra` and the switch as they are; kubelet, the API server and the pods' QEMUs are stand-ins.",
      );
      const info = await node.startDriver();
      expect(info).toEqual({
        type: 'DRAPlugin',
        name: DRIVER,
        endpoint: join(node.folder, 'plugins', DRIVER, 'dra.sock'),
        supported_versions: ['v1.DRAPlugin', 'v1beta1.DRAPlugin'],
      });
      page.prose('**kubelet** finds the driver in its folder of sockets: `GetInfo`.');
      page.data(info);
      const slice = await node.until('slices', async () => [...node.api.slices.values()][0]);
      // A kubelet that is started anew removes them, and registers the driver again.
      node.api.slices.clear();
      await node.kubelet.register();
      await node.until('slices again', async () => node.api.slices.size || undefined);
      expect(slice.spec).toMatchObject({ nodeName: NODE, pool: { resourceSliceCount: 1 } });
      const spec = slice.spec as { devices: object[] };
      page.prose('**The API server** has a slice of the node, here with one of its six devices.');
      page.data({ ...spec, devices: spec.devices.slice(0, 1) });

      const one = claimOf('web-fast-abcde', '11111111-1111-4111-8111-111111111111');
      const two = claimOf('shared', '22222222-2222-4222-8222-222222222222');
      const limits = { inbound: { average: 1000 } };
      const config = { apiVersion: 'vmlane.io/v1alpha1', kind: 'PortConfig', bandwidth: limits };
      const devices = [{ device: 'lan-0' }];
      node.api.allocate({ ...one, podClaim: 'fast', devices, fromClaim: config }, NODE);
      node.api.allocate({ ...two, devices: [{ device: 'lan-1' }] }, NODE);
      page.prose('Two claims are allocated; this is the status of the one of the pod `web`.');
      page.data(node.api.claims.get('default/web-fast-abcde')?.status);
      const answers = await node.kubelet.prepare(info, [one, two]);
      page.prose('**kubelet**: `NodePrepareResources` for both; the answer for that one.');
      page.data(answers[one.uid]);
      expect(answers[one.uid]).toEqual({
        error: '',
        devices: [
          {
            request_names: ['port'],
            pool_name: NODE,
            device_name: 'lan-0',
            cdi_device_ids: [`${DRIVER}/port=${one.uid}-0`, `${DRIVER}/port=${one.uid}-metadata-0`],
          },
        ],
      });
      expect(answers[two.uid]?.error).toBe('');
      // An older kubelet is told the same.
      expect(await node.kubelet.prepare(info, [one, two], 'v1beta1.DRAPlugin')).toEqual(answers);
      const table = async () =>
        (await node.ports()).map(({ name, path, listener, vlan, inbound, state }) => {
          return { name, path, listener, vlan, inbound, state };
        });
      page.prose('**The switch** has their ports.');
      page.data(await table());
      expect((await table()).map(({ name, vlan, inbound }) => [name, vlan, inbound])).toEqual([
        [`claim:${one.uid}.0`, 100, 1000],
        [`claim:${two.uid}.0`, 100, 0],
      ]);
      const folder = await stat(join(node.claims, one.uid, '0'));
      expect([folder.uid, folder.gid, folder.mode & 0o7777]).toEqual([0, AS_QEMU.gid, 0o3770]);
      expect((await stat(node.claims)).mode & 0o7777).toBe(0o710);
      const file = async (path: string) =>
        JSON.parse(await readFile(join(node.folder, path), 'utf8'));
      page.prose('**The container runtime** reads `/var/run/cdi/vmlane.io-UID.json`.');
      page.data(await file(`cdi/${DRIVER}-${one.uid}.json`));
      page.prose('**The binding plugin** in the pod reads the metadata that are mounted there.');
      page.data(await file(`claims/${one.uid}/metadata-0.json`));

      const guests = qemus();
      try {
        await listen(guests, node, one.uid, 'a');
        await listen(guests, node, two.uid, 'b');
        const macs = (await node.ports()).map((port) => port.mac);
        const [from = '', to = ''] = macs.map(String);
        const sent = frame({ to, from });
        // What comes from another address is lost: a's own is behind it.
        const spoofed = frame({ to, from: mac(1) });
        await guests.send('a', [spoofed, sent]);
        await node.until('the frame', async () => {
          const { b } = await guests.receive();
          expect(b ?? []).not.toContain(spoofed);
          return b?.includes(sent) || undefined;
        });
        page.prose('**Two QEMUs** listen, the switch dials, and a frame of one reaches the other.');
        const states = async () => (await table()).map(({ name, state }) => ({ name, state }));
        page.data(await states());
        // The switch goes and comes: the pod's QEMU is dialled again.
        await guests.traffic(['a', 'b'], 100);
        await node.endSwitch('SIGKILL');
        await node.startSwitch();
        await node.until('both guests again', async () => {
          const up = (await node.ports()).filter(({ state }) => state === 'up');
          return up.length === 2 || undefined;
        });
        expect((await guests.quiet()).reconnects).toBe(2);
        const again = await node.kubelet.prepare(info, [one, two]);
        expect(again).toEqual(answers);
        page.prose(
          'The switch is killed and started again: it dials both. kubelet asks again, and has the same answers.',
        );
        page.data(await states());
      } finally {
        await guests.end();
      }
      const done = { [one.uid]: { error: '' }, [two.uid]: { error: '' } };
      expect(await node.kubelet.unprepare(info, [one, two])).toEqual(done);
      page.prose('**kubelet**: `NodeUnprepareResources`, twice, with the same answer.');
      page.data(done);
      expect(await node.left()).toEqual([]);
      expect(await node.kubelet.unprepare(info, [one, two])).toEqual(done);
      page.prose('Ports, folders and CDI files that are left:');
      page.data(await node.left());
      expect(await node.endDriver('SIGTERM')).toBe(0);
      expect(await node.kubelet.register()).toBeUndefined();
      page.prose('What `vmlane-dra` has said:');
      // When kubelet comes, and the server's answer, is by chance.
      const chance = /^(?!vmlane-dra:).*\n|^.*(kubelet has it|are published).*\n/gm;
      page.lines(node.log.replace(chance, ''));
      // Written anew by `npx vitest run --project switching test/switching/dra.test.ts -u`.
      await expect(page.text).toMatchFileSnapshot('../../docs/with/kubernetes-claim.md');
    }));

  // Where it is killed: before the switch is asked for the port, or when it has made it.
  it.each(['before', 'after'] as const)(
    'killed %s the port is made, it answers as if it had not been',
    (moment) =>
      withNode(async (node) => {
        const info = await node.startDriver();
        const claim = claimOf('web');
        node.api.allocate({ ...claim, devices: [{ device: 'dmz-2' }] }, NODE);
        if (node.door)
          node.door.watch[moment] = async (method) => {
            if (method !== 'port.add') return true;
            await node.endDriver('SIGKILL');
            return false;
          };
        await expect(node.kubelet.prepare(info, [claim])).rejects.toThrow();
        expect(await node.left()).toEqual([
          ...(moment === 'after' ? [`claim:${claim.uid}.0`] : []),
          claim.uid,
        ]);
        if (node.door) node.door.watch = {};
        await node.startDriver();
        // Before kubelet asks: what the checkpoint has is made.
        await leaves(node, [`claim:${claim.uid}.0`, claim.uid, `${DRIVER}-${claim.uid}.json`]);
        const first = await node.kubelet.prepare(info, [claim]);
        expect(first[claim.uid]).toMatchObject({ error: '', devices: [{ device_name: 'dmz-2' }] });
        expect(await node.kubelet.prepare(info, [claim])).toEqual(first);
        await node.kubelet.unprepare(info, [claim]);
        expect(await node.left()).toEqual([]);
      }),
  );

  it('finds after a restart what has gone, is lost or belongs to nobody', () =>
    withNode(async (node) => {
      const info = await node.startDriver();
      const [gone, kept] = [claimOf('gone'), claimOf('kept')];
      node.api.allocate({ ...gone, devices: [{ device: 'lan-0' }] }, NODE);
      node.api.allocate({ ...kept, devices: [{ device: 'lan-1' }] }, NODE);
      const answers = await node.kubelet.prepare(info, [gone, kept]);
      // Answers that kubelet does not get are given again.
      expect(await node.kubelet.prepare(info, [gone, kept])).toEqual(answers);
      // QEMU's user had the folder to itself, and points out of it.
      await symlink(node.folder, join(node.claims, gone.uid, '0/link'));
      await node.endDriver('SIGKILL');
      node.api.claims.delete('default/gone');
      // The switch loses its state.
      await node.endSwitch('SIGKILL');
      await rm(join(node.folder, 'state'), { recursive: true });
      await node.startSwitch();
      const client = await node.client();
      const stranger = randomUUID();
      const path = join(node.claims, stranger, '0/vhost.sock');
      await client.addPort({ name: `claim:${stranger}.0`, path, listener: 'qemu' });
      await client.addPort({
        name: 'other',
        path: join(node.folder, 'o.sock'),
        listener: 'switch',
      });
      client.close();
      await node.startDriver();
      const its = [`claim:${kept.uid}.0`, kept.uid, `${DRIVER}-${kept.uid}.json`];
      await leaves(node, ['other', ...its]);
      const again = await node.kubelet.prepare(info, [kept]);
      expect(again[kept.uid]).toEqual(answers[kept.uid]);
      // No checkpoint: nobody knows the claim, until kubelet asks.
      await node.endDriver('SIGKILL');
      await rm(join(node.folder, 'plugins', DRIVER, 'checkpoint.json'));
      await node.startDriver();
      await leaves(node, ['other']);
      expect((await node.kubelet.prepare(info, [kept]))[kept.uid]).toEqual(answers[kept.uid]);
      await node.kubelet.unprepare(info, [kept]);
      expect(await node.left()).toEqual(['other']);
    }));

  it('says what is away: the API server, the switch, the network', () =>
    withNode(async (node) => {
      const info = await node.startDriver();
      const [known, fresh] = [claimOf('known'), claimOf('fresh')];
      node.api.allocate({ ...known, devices: [{ device: 'lan-0' }] }, NODE);
      node.api.allocate({ ...fresh, devices: [{ device: 'dmz-0' }] }, NODE);
      const answers = await node.kubelet.prepare(info, [known]);
      node.api.down = true;
      const away = await node.kubelet.prepare(info, [known, fresh]);
      expect(away[known.uid]).toEqual(answers[known.uid]);
      expect(away[fresh.uid]?.error).toMatch(
        /^claim default\/fresh: the API server, http.* says 503: apiserver is shutting down; .*RBAC/,
      );
      node.api.down = false;
      await node.setNetworks([{ name: 'lan', vlan: 100 }]);
      const without = await node.kubelet.prepare(info, [fresh]);
      expect(without[fresh.uid]?.error).toMatch(
        /this node has no device dmz-0 any more; .* on worker-0/,
      );
      await node.endSwitch('SIGTERM');
      const off = await node.kubelet.unprepare(info, [known, claimOf('unknown')]);
      expect(Object.values(off).map(({ error }) => error)).toEqual([
        expect.stringMatching(/switch/),
        '',
      ]);
      await node.startSwitch();
      await node.kubelet.unprepare(info, [known]);
      expect(await node.left()).toEqual([]);
    }));

  it('serves while an API server does not answer at all, and ends at once', () =>
    withNode(async (node) => {
      const info = await node.startDriver();
      const claims = ['a', 'b', 'c'].map((name) => claimOf(name));
      for (const [at, one] of claims.entries())
        node.api.allocate({ ...one, devices: [{ device: `lan-${at}` }] }, NODE);
      const answers = await node.kubelet.prepare(info, claims);
      await node.endDriver('SIGKILL');
      node.api.silent = true;
      await node.startDriver();
      await node.until('the first question', async () => node.api.unanswered[0]);
      expect(await node.kubelet.prepare(info, claims.slice(1))).toMatchObject(
        Object.fromEntries(claims.slice(1).map(({ uid }) => [uid, answers[uid]])),
      );
      expect(node.api.unanswered).toHaveLength(1);
      expect(await node.endDriver('SIGTERM')).toBe(0);
      expect(node.log).not.toMatch(/does not answer/);
    }));

  it("does not take another guest's socket for one that is linked to it", ({ expect }) =>
    withNode(async (node) => {
      const info = await node.startDriver();
      const [thief, victim] = [claimOf('thief'), claimOf('victim')];
      node.api.allocate({ ...thief, devices: [{ device: 'dmz-0' }] }, NODE);
      node.api.allocate({ ...victim, devices: [{ device: 'lan-0' }] }, NODE);
      await node.kubelet.prepare(info, [thief]);
      // The victim listens before the switch has its port, which is when it could be had.
      const folder = join(node.claims, victim.uid, '0');
      await mkdir(folder, { recursive: true });
      await chown(folder, AS_QEMU.uid, AS_QEMU.gid);
      const path = join(folder, 'vhost.sock');
      let dialled = 0;
      const qemu = createServer(() => dialled++).listen(path);
      await once(qemu, 'listening');
      await chmod(path, 0o777);
      const guests = qemus();
      try {
        await symlink(path, join(node.claims, thief.uid, '0/vhost.sock'));
        // Another port that waited is dialled: so was this one.
        const client = await node.client();
        const other = join(node.folder, 'other.sock');
        await client.addPort({ name: 'other', path: other, listener: 'qemu' });
        client.close();
        await guests.open('o', other, { listen: true });
        expect(dialled).toBe(0);
        await node.kubelet.prepare(info, [victim]);
        await node.until('the victim', async () => dialled || undefined);
        expect(dialled).toBe(1);
      } finally {
        await guests.end();
        qemu.close();
      }
    }));
});
