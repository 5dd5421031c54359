import { PARAMETERS } from '../../../contract/bounds.js';
import { command } from '../../command.js';
import { integer, json, text } from '../../options.js';
import { controlSocket, withSwitch } from '../switch/client.js';
import {
  bondOptions,
  changing,
  deviceOptions,
  linkOption,
  listenerOption,
  NAME,
  neededName,
  perform,
  socketPath,
  usualSocket,
  virtioId,
  wishedDevice,
} from './common.js';
import { needed } from './needed.js';
import { tellRelay } from './tell.js';

const { min, max } = PARAMETERS['port.set'].lcore;

/** `vmlane relay add` */
export const relayAdd = command({
  path: ['relay', 'add'],
  summary: 'Join a device and a guest: frames of each go to the other, whatever they are',
  positionals: {},
  optional: { NAME },
  options: {
    ...controlSocket,
    ...virtioId,
    ...deviceOptions,
    ...bondOptions,
    path: text('path', `The guest's vhost-user socket [default: ${usualSocket('NAME')}]`),
    ...listenerOption,
    lcore: integer('lcore', min, max, 'The forwarding lcore that carries it (see switch info)'),
    pin: text(
      'pin',
      'Instead: the processor that carries it, or that from the device and that from the guest, such as 2,3',
    ),
    trunks: text(
      'trunks',
      "VLANs that a VF's card is to deliver, as 10,20-29: many deliver no others",
    ),
    ...linkOption,
    ...changing,
    json,
  },
  examples: [
    [
      'relay add 3 --pci-addr 01:10.0',
      'the VF is that of the guest on /run/vmlane/guests/3/0.sock',
    ],
    ['relay add web1 --pci-addr 0000:01:10.0 --pin 2', 'processor 2 carries it'],
    ['relay add 3 --pci-addr 01:10.0 --trunks 7,100-109', 'its card delivers these VLANs'],
    ['relay add 3 --pci-addr 01:10.0 --pin 2,3', '2 from the device to the guest, 3 back'],
    [
      'relay add old --pci-addr 01:10.1 --path /srv/old/net.sock --listener qemu',
      'for a QEMU that listens',
    ],
    [
      'relay add 4 --pci-addr 01:10.2 --pci-addr 01:12.2 --name net_bonding0',
      'a bond of two VFs, of which one stands by',
    ],
    ['relay add --virtio-id 3 --pci-addr 01:10.0 --conditional', 'for scripts: there afterwards'],
    ['relay add 3 --pci-addr 01:10.0 --dry-run', 'show what the switch would be asked'],
  ],
  manual: async () => (await import('./add-manual.js')).manual,
  async run(values, io) {
    const name = neededName('add', values);
    const { device: given, port } = wishedDevice(values);
    const device = needed('add', given, '--device or --pci-addr');
    const path = socketPath('--path', values.path ?? usualSocket(name));
    const { listener, lcore, pin, trunks, link, conditional } = values;
    const wish = { name, device, port, path, listener, lcore, pin, trunks, link, conditional };
    return withSwitch(values['control-socket'], io, async (client) => {
      const { planRelay } = await import('../../../relays/index.js');
      const plan = async () => planRelay(await client.ports(), (await client.info()).lcores, wish);
      const done = await perform(client, plan, values['dry-run'], io);
      return tellRelay(client, name, done, values, io);
    });
  },
});
