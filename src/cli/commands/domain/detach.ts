import { reachableUri } from '../../../libvirt/uri.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption, withLibvirt } from '../libvirt.js';
import { withSwitch } from '../switch/client.js';

/** `vmlane domain detach` */
export const domainDetach = command({
  path: ['domain', 'detach'],
  summary: 'Take a NIC on the switch off a running guest, and its port away',
  positionals: {
    NAME: { describe: "the domain's name" },
    MAC: { describe: "the NIC's address" },
  },
  options: {
    ...connectOption,
    persistent: flag("Take it out of the domain's definition, too"),
    switch: text('switch', "The switch's control socket [default: as 'vmlane switch ports']"),
    json,
  },
  examples: [['domain detach web1 52:54:00:12:34:57', 'the guest must answer: not while it boots']],
  async run({ NAME, MAC, connect, json: asJson, ...values }, io) {
    const { detachNic } = await import('../../../guests/plug.js');
    return withLibvirt(reachableUri(connect, values.switch, io.env), (libvirt) =>
      withSwitch(values.switch, io, async (client) => {
        const persistent = values.persistent ?? false;
        const { changed, path } = await detachNic(libvirt, NAME, client, MAC, persistent);
        say(io, changed ? `${NAME}: NIC ${MAC} is gone` : `${NAME}: has no NIC ${MAC} on a switch`);
        if (asJson) printJson(io, { name: NAME, changed, mac: MAC, path: path ?? null });
        return 0;
      }),
    );
  },
});
