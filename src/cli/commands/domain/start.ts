import { libvirtUri } from '../../../libvirt/uri.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption, withLibvirt } from '../libvirt.js';

/** `vmlane domain start` */
export const domainStart = command({
  path: ['domain', 'start'],
  summary: 'Start a guest, its vhost-user NICs registered with the switch first',
  positionals: { NAME: { describe: "the domain's name" } },
  options: {
    ...connectOption,
    switch: text('switch', "The switch's control socket [default: as 'vmlane switch ports']"),
    json,
  },
  examples: [
    ['domain start web1', 'register its ports, then start it'],
    ['domain start web1 --switch /run/lane2/switch.sock', 'on another switch of this host'],
  ],
  async run({ NAME, connect, json: asJson, ...values }, io) {
    const { startDomain } = await import('../../../guests/start.js');
    const { switchOf } = await import('../../../guests/reach-switch.js');
    const uri = libvirtUri(connect, io.env);
    const socket = switchOf(uri, values.switch, io.env);
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
