/** What is done with the packages on a bare Debian of any release. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import type { Bare } from './bare.js';

export const INSTALL = 'apt-get install -q -y --no-install-recommends';
/** Names of the switch's ports. */
export const PORTS = "vmlane switch ports | sed -n 's/^ *[0-9][0-9]* *\\([^ ]*\\) .*/\\1/p'";
/** Files of the switches that run, in /proc. */
export const PID =
  'for one in /proc/[0-9]*/exe; do case $(readlink $one) in */vhost-switch*) echo $one ;; esac; done';

/** Puts packages into a folder of it. */
export function putPackages(bare: Bare, folder: string, debs: readonly string[]): void {
  mkdirSync(join(bare.root, folder), { recursive: true });
  for (const deb of debs) copyFileSync(deb, join(bare.root, folder, basename(deb)));
}

/** `qemu-wrap` moves a NIC, by a Node that begins with the snapshot; the switch runs. */
export async function wrapFromSnapshot(bare: Bare): Promise<void> {
  writeFileSync(join(bare.root, 'usr/local/bin/qemu'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', {
    mode: 0o755,
  });
  const words =
    '-name web -m 64M -netdev tap,id=n0 -device virtio-net-pci,netdev=n0,mac=52:54:00:12:34:56';
  const said = await bare.text(`VMLANE_EMULATOR=/usr/local/bin/qemu qemu-wrap ${words}`);
  expect(said).toContain('vhost-user');
  const fresh = 'cd /usr/lib/vmlane && [ dist/wrap/qemu-wrap.blob -nt dist/wrap/main.mjs ] &&';
  await bare.text(
    `bash -c '${fresh} ! [ node -nt dist/wrap/qemu-wrap.node ] && ! [ node -ot dist/wrap/qemu-wrap.node ]'`,
  );
  const node = '/usr/lib/vmlane/node --snapshot-blob /usr/lib/vmlane/dist/wrap/qemu-wrap.blob';
  expect((await bare.run(`${node} '' qemu-wrap ${words}`)).status).not.toBe(14);
  await bare.text('vmlane switch remove web.n0 --if-exists && rm /usr/local/bin/qemu');
}
