/** The switch as a systemd service. */

import type { HostChange, HostPlan } from '../../system/files/changes.js';
import { edited } from '../../system/files/edit.js';
import type { Look } from '../../system/look/index.js';
import { hasSystemd } from '../../system/os/systemd.js';
import { InvalidInput } from '../../values/errors.js';
import type { SwitchUnit } from './request.js';

/** Where an administrator's units are. */
export const FOLDER = '/etc/systemd/system';
const NAME = 'vmlane-switch.service';
export const SWITCH_UNIT = `${FOLDER}/${NAME}`;

/** The unit that a package brings, which a unit of the administrator's hides. */
export const PACKAGED_UNIT = `/usr/lib/systemd/system/${NAME}`;

/** The switch's unit on this host, whoever brought it. */
export function presentUnit(look: Look): string | undefined {
  return [SWITCH_UNIT, PACKAGED_UNIT].find((path) => look.exists(path));
}

/**
 * Writes the unit, enables it and starts it. A unit that would say the same as the package's is not written: that
 * one is enabled, and changes with the package.
 * @throws InvalidInput without systemd
 */
export function planSwitchUnit(look: Look, wish: SwitchUnit): HostPlan {
  if (!hasSystemd(look)) {
    const remedy = "have your init run 'vmlane switch start --foreground'";
    throw new InvalidInput({
      thing: '--switch',
      problem: 'systemd does not run this host',
      remedy,
    });
  }
  const why = 'the switch as a service';
  const isPackaged =
    !look.exists(SWITCH_UNIT) && look.text(PACKAGED_UNIT) === switchUnit(wish, PACKAGE);
  const path = isPackaged ? PACKAGED_UNIT : SWITCH_UNIT;
  const link = `${FOLDER}/multi-user.target.wants/${NAME}`;
  const fresh = !look.exists(SWITCH_UNIT);
  const steps: HostChange[] = isPackaged ? [] : edited(look, path, switchUnit(wish), why);
  if (look.target(link) === undefined) steps.push({ kind: 'link', path: link, target: path, why });
  if (steps.length === 0) return { steps, notes: [] };
  return {
    steps: [
      // The undo of a changed unit starts the switch again with the old one.
      ...(fresh ? [] : [{ kind: 'command', undo: 'start switch', why } as const]),
      { kind: 'command', undo: 'daemon-reload', why },
      ...steps,
      { kind: 'command', run: 'daemon-reload', why },
      { kind: 'command', run: 'start switch', ...(fresh && { undo: 'stop switch' }), why },
    ],
    notes: ['the log of the switch: journalctl -u vmlane-switch'],
  };
}

/** Who wrote a unit: its first line. */
const SETUP = 'Written by vmlane host setup.';
const PACKAGE =
  "Of vmlane's package. Options: 'vmlane switch settings'; enabled by 'vmlane host setup --switch'.";

/** The unit as the package brings it, of the commands of its programs. */
export function packagedUnit(wish: SwitchUnit): string {
  return switchUnit(wish, PACKAGE);
}

/**
 * The unit starts before libvirtd, which at boot starts guests that need its ports, and is up only
 * when the switch answers. The sandbox leaves open devices (vfio), the set-group-ID bit of guests'
 * folders, and memory for Node's compiler.
 */
export function switchUnit({ start, info }: SwitchUnit, author = SETUP): string {
  const wait = 'until "$@" >/dev/null 2>&1; do sleep 0.2; done';
  return `# ${author}
[Unit]
Description=vmlane's switch of guests' network cards
After=systemd-tmpfiles-setup.service systemd-modules-load.service network-pre.target
Before=libvirtd.service virtqemud.service libvirt-guests.service

[Service]
Type=simple
ExecStart=${start.map(unitWord).join(' ')}
ExecStartPost=/bin/sh -c ${[wait, 'wait', ...info].map(unitWord).join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
TimeoutStartSec=60
Restart=on-failure
RestartSec=1
KillMode=mixed
LimitMEMLOCK=infinity
# What starting needs: devices and huge pages, another user. The switch keeps none of it.
CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_IPC_LOCK CAP_KILL CAP_MKNOD CAP_NET_ADMIN CAP_NET_RAW CAP_SETGID CAP_SETPCAP CAP_SETUID CAP_SYS_ADMIN CAP_SYS_NICE CAP_SYS_RAWIO
NoNewPrivileges=yes
PrivateMounts=yes
ProtectSystem=full
ProtectHome=read-only
ProtectClock=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectKernelTunables=no
ProtectControlGroups=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_PACKET AF_XDP
IPAddressDeny=any
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
KeyringMode=private
UMask=0077
SystemCallArchitectures=native
SystemCallFilter=@system-service @memlock bpf seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

/** Quotes a word for a unit. Source: systemd.service(5), quoting; systemd.unit(5), specifiers. */
export function unitWord(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[\w@%+=:,./$-]+$/.test(plain)) return plain;
  return `"${plain.replace(/["\\]/g, '\\$&')}"`;
}
