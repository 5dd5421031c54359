import { settingOf } from '../../system/libvirt/conf.js';
import { ALL, type Check, type FactsOf } from './check.js';
import { type Found, failure, ok, warning } from './finding.js';
import { readConf } from './qemu-conf.js';
import { readVersions } from './reported-versions.js';
import { daemon as readDaemon } from './shared.js';

const READS = { daemon: readDaemon, versions: readVersions, conf: readConf };

export const daemon: Check<typeof READS> = { name: 'daemon', levels: ALL, reads: READS, judge };

/** There is one daemon for everything (libvirtd), or one for QEMU alone (virtqemud), running always or on demand. */
function* judge({ daemon, versions, conf }: FactsOf<typeof READS>): Iterable<Found> {
  if (!versions.libvirt) return;
  const { running, sockets, units } = daemon;
  const names = [...new Set(running.map(({ name }) => name))];
  const described = running.map(({ name, pid }) => `${name} is process ${pid}`);
  const evidence = [...described, ...units, ...sockets.map((one) => `/run/libvirt/${one}`)].join(
    ', ',
  );
  const answers = sockets.includes('libvirt-sock') || sockets.includes('virtqemud-sock');
  if (names.length > 1) {
    yield warning(
      'both layouts run: libvirtd and virtqemud see the same guests, and get in the way of each other',
      evidence,
      'end one of them: systemctl disable --now libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket',
    );
  } else if (names.length === 1) {
    const layout = names[0] === 'virtqemud' ? 'a daemon for each driver' : 'one daemon for all';
    yield ok(`${names[0]} runs: ${layout}`, evidence);
  } else if (answers || units.length > 0) {
    yield ok('no daemon runs; systemd starts it when it is asked', evidence);
  } else {
    yield warning(
      'no libvirt daemon runs, and nothing would start one',
      'no socket in /run/libvirt, no unit of systemd',
      'systemctl enable --now libvirtd, or: libvirtd --daemon; plain QEMU needs none',
    );
  }
  const handler = settingOf(conf.conf, 'stdio_handler')?.value ?? 'logd';
  if (names.length === 0 || handler === 'file' || sockets.includes('virtlogd-sock')) return;
  yield failure(
    'no guest starts: nobody would write its log',
    `/run/libvirt/virtlogd-sock is not there, stdio_handler is "${handler}"`,
    'systemctl enable --now virtlogd.socket, or set stdio_handler = "file" in /etc/libvirt/qemu.conf',
  );
}
