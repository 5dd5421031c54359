/** Metrics as a systemd service, by an account that may look at the switch and do nothing else. */

import { accountId } from '../../system/accounts/table.js';
import type { HostChange, HostPlan } from '../../system/files/changes.js';
import { edited } from '../../system/files/edit.js';
import type { Look } from '../../system/look/index.js';
import { hasSystemd } from '../../system/os/systemd.js';
import { InvalidInput } from '../../values/errors.js';
import type { MetricsUnit } from './request.js';
import { FOLDER, presentUnit, SWITCH_UNIT, unitWord } from './switch-unit.js';

/** The user and group that metrics run as; the switch lets the group look. */
export const METRICS_USER = 'vmlane-metrics';

const NAME = 'vmlane-metrics.service';
const PATH = `${FOLDER}/${NAME}`;
const SYSUSERS = '/etc/sysusers.d/vmlane-metrics.conf';

/** Makes the account, lets it look, writes the unit, enables it and starts it. @throws InvalidInput without systemd */
export function planMetrics(look: Look, wish: MetricsUnit): HostPlan {
  if (!hasSystemd(look)) {
    const thing = '--metrics';
    const remedy = "have your init run 'vmlane metrics'";
    throw new InvalidInput({ thing, problem: 'systemd does not run this host', remedy });
  }
  const why = 'metrics as a service';
  const link = `${FOLDER}/multi-user.target.wants/${NAME}`;
  const fresh = !look.exists(PATH);
  const { path, after } = wish.settings;
  const account = planAccount(look);
  const settings = after === undefined ? [] : edited(look, path, after, 'metrics may look at it');
  const unit: HostChange[] = edited(look, PATH, metricsUnit(wish), why);
  if (look.target(link) === undefined) unit.push({ kind: 'link', path: link, target: PATH, why });
  const units: HostChange[] = [
    ...(fresh ? [] : [{ kind: 'command', undo: 'start metrics', why } as const]),
    { kind: 'command', undo: 'daemon-reload', why },
    ...unit,
    { kind: 'command', run: 'daemon-reload', why },
    { kind: 'command', run: 'start metrics', ...(fresh && { undo: 'stop metrics' }), why },
  ];
  const steps = [...account, ...settings, ...(unit.length > 0 ? units : [])];
  return { steps, notes: steps.length > 0 ? notesOf(look, settings.length > 0) : [] };
}

function notesOf(look: Look, isChanged: boolean): string[] {
  const unit = look.text(SWITCH_UNIT) ?? '';
  const group = `--look-group ${METRICS_USER}`;
  // What a command line names wins over the settings.
  if (unit.includes('--look-group') && !unit.includes(METRICS_USER))
    return [`${SWITCH_UNIT} names groups itself: set it up again with ${group}, too`];
  return isChanged ? [nextStart(look)] : [];
}

/** Groups are the switch's options, which it reads once. */
function nextStart(look: Look): string {
  const how = presentUnit(look)
    ? 'systemctl restart vmlane-switch'
    : "'vmlane switch stop', and start it";
  return `the switch lets metrics look from its next start on: ${how}; guests reconnect`;
}

function planAccount(look: Look): HostChange[] {
  if (accountId(look, 'user', METRICS_USER) !== undefined) return [];
  const why = 'the user that metrics run as';
  const text = `# Written by vmlane host setup.\nu ${METRICS_USER} - "vmlane's metrics" /\n`;
  const file = edited(look, SYSUSERS, text, why);
  // In an image it is made by whoever runs the command there, which the first run names.
  if (!look.live && file.length === 0) return [];
  return [...file, { kind: 'account', name: METRICS_USER, run: 'make metrics account', why }];
}

/**
 * No right, nothing to write, and no address but the one that it serves. Memory stays both writable and executable,
 * as Node compiles. The token is root's: systemd hands it over.
 */
export function metricsUnit({ start, token, isLoopback }: MetricsUnit): string {
  const words = start.map(unitWord);
  // Expanded by systemd.
  if (token !== undefined) words.push('--token-file', `\${CREDENTIALS_DIRECTORY}/token`);
  const atHome = start.some((word) => /^\/(?:home|root)\//.test(word));
  return `# Written by vmlane host setup.
[Unit]
Description=vmlane's metrics for Prometheus
After=vmlane-switch.service network.target

[Service]
Type=exec
ExecStart=${words.join(' ')}
${token === undefined ? '' : `LoadCredential=token:${token}\n`}Restart=on-failure
RestartSec=5
User=${METRICS_USER}
Group=${METRICS_USER}
CapabilityBoundingSet=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=${atHome ? 'read-only' : 'yes'}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
${isLoopback ? 'IPAddressAllow=localhost\nIPAddressDeny=any\n' : ''}RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
UMask=0077
TasksMax=64
MemoryMax=512M
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}
