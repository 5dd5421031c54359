import type { HookStatus } from '../../../host/hook/status.js';
import { command } from '../../command.js';
import { printJson, renderTable, table } from '../../output.js';
import { rootOption } from './options.js';

/** `vmlane hook status` */
export const hookStatus = command({
  path: ['hook', 'status'],
  summary: 'Show whether the hook is installed, libvirt calls it, and its switch answers',
  positionals: {},
  options: rootOption,
  examples: [
    ['hook status', 'for a person; ends with 1 unless the hook is installed as it should be'],
    ['hook status --json', 'the same for a program'],
  ],
  async run({ root = '/', json }, io) {
    const { statusOf } = await import('../../../host/hook/status.js');
    const status = await statusOf(root);
    const exit = status.hook === 'installed' ? 0 : 1;
    if (json) {
      const { settings, daemon, ports = null, ...more } = status;
      const { switch: socket = null, socketDirs = [] } = settings ?? {};
      const described = { switch: socket, socket_dirs: [...socketDirs], ports };
      printJson(io, { ...more, ...described, daemon: daemon ? { ...daemon } : null });
      return exit;
    }
    const columns = [
      { key: 'what', value: ([what]: Row) => what },
      { key: 'state', value: ([, state]: Row) => state },
    ];
    io.out(renderTable(table('status', columns, rows(status)), io.color));
    return exit;
  },
});

type Row = [what: string, state: string];

function rows(status: HookStatus): Row[] {
  const { path, hook, network, settings, daemon, called, ports, troubles } = status;
  const answer = ports === undefined ? 'no answer' : `answers, ${ports} ports`;
  const ofSwitch: Row[] = settings
    ? [
        ['switch', `${settings.switch}: ${answer}`],
        ['sockets', settings.socketDirs.join(', ')],
      ]
    : [];
  const calls = (how: HookStatus['called']) => CALLED[how].replace('NAME', daemon?.name ?? '');
  const running = daemon
    ? `${daemon.name}, process ${daemon.pid}, ${calls(called)}`
    : 'no libvirtd runs here';
  const ofNetworks = daemon ? `, ${calls(network.called)}` : '';
  return [
    ['hook', `${path}: ${hook}`],
    ...ofSwitch,
    ['libvirt', running],
    ['network', `${network.path}${ofNetworks}`],
    ...troubles.map((trouble): Row => ['trouble', trouble]),
  ];
}

const CALLED = {
  yes: 'calls it',
  no: 'has nothing of ours to call',
  unknown: 'has run since before the hook; unless reloaded since: systemctl reload NAME',
} as const;
