/** vmlane-binding's entry: KubeVirt's sidecar, in the pod of a guest. */

import { once } from 'node:events';
import { InvalidInput } from '../values/errors.js';
import { FILE_PATH_MAX, pathTrouble } from '../values/socket-path.js';
import { type Program, readArguments } from './arguments.js';
import { bindingServices } from './binding/service.js';
import { DRIVER_NAME, dnsLabel, dnsSubdomain, METADATA_FOLDER } from './names.js';
import { serve } from './rpc.js';
import { runProgram, sayAs } from './run.js';

const BINDING = {
  name: 'vmlane-binding',
  summary:
    "KubeVirt's network binding plugin: writes the vhost-user NICs of claims that vmlane-dra has prepared into the guest's domain.",
  options: {
    'binding-name': {
      ...{ value: 'NAME', default: 'vmlane' },
      describe: "The binding's name in VirtualMachines",
    },
    'driver-name': {
      ...{ value: 'NAME', default: DRIVER_NAME },
      describe: "The DRA driver's name",
    },
    'hooks-folder': {
      ...{ value: 'PATH', default: '/var/run/kubevirt-hooks' },
      describe: 'Folder in which virt-launcher looks for sockets',
    },
    'metadata-folder': {
      ...{ value: 'PATH', default: METADATA_FOLDER },
      describe: "Folder of devices' metadata in this container",
    },
  },
  example: 'vmlane-binding --binding-name vmlane',
} as const satisfies Program;

void runProgram(BINDING.name, async (signal) => {
  const read = readArguments(BINDING, process.argv.slice(2), process.env);
  if ('text' in read) return read.text;
  const { values } = read;
  const refuse = (option: string, problem: string, remedy: string) =>
    new InvalidInput({ thing: `--${option}`, problem, remedy });
  const folder = (option: 'hooks-folder' | 'metadata-folder') => {
    const value = values[option] ?? '';
    const trouble = pathTrouble(value, FILE_PATH_MAX);
    if (trouble) throw refuse(option, trouble.problem, trouble.remedy);
    return value;
  };
  const [name = '', driver = ''] = [values['binding-name'], values['driver-name']];
  if (!dnsLabel.safeParse(name).success)
    throw refuse('binding-name', 'is no such name', 'give a DNS label, as KubeVirt wants it');
  if (!dnsSubdomain.safeParse(driver).success)
    throw refuse('driver-name', 'is no such name', 'give a DNS name, in lower case');
  const socket = `${folder('hooks-folder')}/${name}.sock`;
  const binding = { name, driver, metadata: folder('metadata-folder') };
  const say = sayAs(BINDING.name);
  const shutdown = new AbortController();
  const served = await serve(
    socket,
    bindingServices(binding, () => shutdown.abort()),
  );
  say(`serving on ${socket}`);
  await once(AbortSignal.any([signal, shutdown.signal]), 'abort');
  await served.end();
  return undefined;
});
