import type { Libvirt } from '../../../libvirt/index.js';
import { reachableUri } from '../../../libvirt/uri.js';
import { InvalidInput } from '../../../values/errors.js';
import { nearest } from '../../../values/nearest.js';
import { command } from '../../command.js';
import { say } from '../../io.js';
import { flag, json } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption } from '../libvirt.js';
import { controlSocket } from '../switch/client.js';
import { withHost } from './host.js';

/** `vmlane domain detach` */
export const domainDetach = command({
  path: ['domain', 'detach'],
  summary: 'Unplug a NIC on the switch from a running guest, and remove its port',
  positionals: {
    NAME: { describe: "the domain's name", names: 'domain' },
    MAC: { describe: "the NIC's address" },
  },
  options: {
    ...connectOption,
    'if-exists': flag('Succeed if the NIC does not exist'),
    persistent: flag("Take it out of the domain's definition, too"),
    ...controlSocket,
    json,
  },
  examples: [['domain detach web1 52:54:00:12:34:57', 'the guest must answer: not while it boots']],
  async run({ NAME, MAC, connect, json: asJson, ...values }, io) {
    const { unplugNic } = await import('../../../guests/plug.js');
    const { tellRemoved } = await import('../../../guests/remove-ports.js');
    const uri = reachableUri(connect, values['control-socket'], io.env);
    return withHost(
      { connect: uri, 'control-socket': values['control-socket'] },
      io,
      async (host) => {
        const { persistent } = values;
        const { changed, path, ports } = await unplugNic(host, NAME, MAC, { persistent });
        if (!changed && !values['if-exists']) throw await noNic(host.libvirt, NAME, MAC);
        say(io, changed ? `${NAME}: NIC ${MAC} is gone` : `${NAME}: has no NIC ${MAC} on a switch`);
        tellRemoved((line) => say(io, line), NAME, ports);
        if (asJson) printJson(io, { name: NAME, changed, mac: MAC, path: path ?? null });
        return 0;
      },
    );
  },
});

async function noNic(
  libvirt: Pick<Libvirt, 'xml'>,
  name: string,
  mac: string,
): Promise<InvalidInput> {
  const { openDomain } = await import('../../../domain/index.js');
  const macs = openDomain(await libvirt.xml(name)).vhostUserInterfaces.flatMap(
    (nic) => nic.mac ?? [],
  );
  const near = nearest(mac, macs);
  return new InvalidInput({
    thing: `domain ${name}`,
    problem: `has no NIC ${mac} on a switch`,
    remedy: near ? `did you mean ${near}?` : `'vmlane domain show ${name}' lists its NICs`,
  });
}
