/** Options of vmlane-dra, checked. */
import { DEFAULT_CONTROL_SOCKET } from '../contract/bounds.js';
import { absoluteSocketPath } from '../switch/paths.js';
import { InvalidInput } from '../values/errors.js';
import { FILE_PATH_MAX, pathTrouble, SOCKET_PATH_MAX } from '../values/socket-path.js';
import { type Program, wholeNumber } from './arguments.js';
import { DRIVER_NAME, dnsSubdomain } from './names.js';

export const DRA = {
  name: 'vmlane-dra',
  summary:
    "A DRA driver: a claim of a pod becomes a port of this node's switch. kubelet and the API server are at its other ends.",
  options: {
    'node-name': { value: 'NAME', env: 'NODE_NAME', describe: "This node's name in the cluster" },
    'driver-name': { value: 'NAME', default: DRIVER_NAME, describe: "The driver's name" },
    'ports-per-network': {
      ...{ value: 'N', default: '64' },
      describe: 'Devices that each network of the switch has',
    },
    'control-socket': {
      ...{ value: 'PATH', env: 'VMLANE_SWITCH', default: DEFAULT_CONTROL_SOCKET },
      describe: 'Where the switch listens',
    },
    'claims-folder': {
      ...{ value: 'PATH', default: '/run/vmlane/claims' },
      describe: "Folder of the claims' sockets, below the same path on the node",
    },
    'qemu-group': {
      ...{ value: 'GID', default: '107' },
      describe: "QEMU's group in the pods; the switch's user must be in it",
    },
    'plugins-folder': {
      ...{ value: 'PATH', default: '/var/lib/kubelet/plugins' },
      describe: "kubelet's folder of plugins",
    },
    'registry-folder': {
      ...{ value: 'PATH', default: '/var/lib/kubelet/plugins_registry' },
      describe: "kubelet's folder of sockets at which it asks who is there",
    },
    'cdi-folder': {
      ...{ value: 'PATH', default: '/var/run/cdi' },
      describe: "The container runtime's folder of CDI files",
    },
    kubeconfig: {
      value: 'FILE',
      describe: "How to reach the API server; without one as the pod's service account",
    },
  },
  example: 'vmlane-dra --node-name worker-0 --qemu-group 107',
} as const satisfies Program;

/** What they come to. */
export interface DraOptions {
  node: string;
  driver: string;
  portsPerNetwork: number;
  controlSocket: string;
  claims: string;
  qemuGroup: number;
  plugins: string;
  registry: string;
  cdi: string;
  kubeconfig: string | undefined;
}

type Values = Record<keyof (typeof DRA)['options'], string | undefined>;

/** The folder's part of a socket's path: `/UID/NN/vhost.sock` comes behind it. */
const CLAIMS_MAX = SOCKET_PATH_MAX - '/00000000-0000-0000-0000-000000000000/99/vhost.sock'.length;

/** @throws InvalidInput */
export function draOptions(values: Values): DraOptions {
  const name = (option: keyof Values, max: number) => {
    const value = values[option] ?? '';
    if (dnsSubdomain.max(max).safeParse(value).success) return value;
    const problem = value === '' ? 'is missing' : `'${value.slice(0, 80)}' is no such name`;
    const remedy = `give a DNS name of at most ${max} characters, in lower case`;
    throw new InvalidInput({ thing: `--${option}`, problem, remedy });
  };
  const folder = (option: keyof Values, max = FILE_PATH_MAX) => {
    const value = values[option] ?? '';
    const trouble = pathTrouble(value, max);
    if (trouble) throw new InvalidInput({ thing: `--${option}`, ...trouble });
    return value;
  };
  const number = (option: keyof Values, min: number, max: number) =>
    wholeNumber(option, values[option] ?? '', min, max);
  return {
    node: name('node-name', 253),
    // Source: DriverNameMaxLength, api/resource/v1/types.go.
    driver: name('driver-name', 63),
    portsPerNetwork: number('ports-per-network', 1, 1000),
    controlSocket: absoluteSocketPath(values['control-socket'] ?? ''),
    claims: folder('claims-folder', CLAIMS_MAX),
    qemuGroup: number('qemu-group', 0, 4_294_967_294),
    plugins: folder('plugins-folder'),
    registry: folder('registry-folder'),
    cdi: folder('cdi-folder'),
    kubeconfig: values.kubeconfig,
  };
}
