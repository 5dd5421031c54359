import { libvirtUri } from '../../../libvirt/uri.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { json } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption, withLibvirt } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';

/** `vmlane domain start` */
export const domainStart = command({
  path: ['domain', 'start'],
  summary: 'Start a guest, its vhost-user NICs registered with the switch first',
  positionals: { NAME: { describe: "the domain's name" } },
  options: {
    ...connectOption,
    ...controlSocket,
    json,
  },
  examples: [
    ['domain start web1', 'register its ports, then start it'],
    ['domain start web1 --control-socket /run/lane2/switch.sock', 'on another switch of this host'],
  ],
  async run({ NAME, connect, json: asJson, ...values }, io) {
    const { startDomain } = await import('../../../guests/start.js');
    const { switchOf } = await import('../../../guests/reach-switch.js');
    const uri = libvirtUri(connect, io.env);
    const socket = switchOf(uri, values['control-socket'], io.env);
    const { changed, ports } = await withLibvirt(uri, (libvirt) =>
      startDomain(libvirt, NAME, socket),
    );
    for (const { port } of ports) say(io, `port ${port.name} at ${port.path} (${port.mode})`);
    say(io, changed ? `started ${NAME}` : `${NAME} is already running`);
    if (asJson) {
      const told = ports.map((one) => ({ changed: one.changed, ...one.port }));
      printJson(io, { name: NAME, uri, changed, ports: told });
    }
    return 0;
  },
});
