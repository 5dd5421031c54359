/** What KubeVirt's virt-launcher asks of a network binding plugin: hooks/info and hooks/v1alpha3. */
import { withBoundNics } from '../../domain/convert/bound-nic.js';
import { openDomain } from '../../domain/domain.js';
import { type Look, lookAt } from '../../system/look/index.js';
import { InvalidInput } from '../../values/errors.js';
import { type PodDevice, readMetadata } from '../metadata.js';
import { metadataPath } from '../names.js';
import { handlers, type serve, serviceOf } from '../rpc.js';
import { boundNicsOf, type VmiNic } from './vmi.js';

/** What the plugin is told at its start. */
export interface Binding {
  /** The binding's name in the KubeVirt object and in VirtualMachines. */
  name: string;
  driver: string;
  /** The folder of devices' metadata. */
  metadata: string;
  look?: Look;
}

/** The domain with the NICs of this binding. @throws InvalidInput */
export function defineDomain(xml: string, vmi: string, binding: Binding): string {
  const nics = boundNicsOf(vmi, binding.name);
  if (nics.length === 0) {
    // Called without cause, which would hide that the NIC is missing.
    const problem = `no interface has the binding ${binding.name}`;
    const remedy = 'is the plugin registered under the name that --binding-name gives?';
    throw new InvalidInput({ thing: 'VMI', problem, remedy });
  }
  const bound = nics.map((nic) => {
    const device = readMetadata(metadataText(nic, binding), `metadata of ${nic.name}`);
    const { path: socket, mtu } = device;
    return { ...nic, socket, mtu, mac: macOf(nic, device) };
  });
  return withBoundNics(openDomain(xml), bound);
}

/** The port's, as the switch takes frames from no other. @throws InvalidInput for another of the VMI's */
function macOf({ name, mac }: VmiNic, { mac: ofPort }: PodDevice): string | undefined {
  if (mac === undefined || ofPort === undefined) return mac ?? ofPort;
  if (mac.toLowerCase() === ofPort.toLowerCase()) return mac;
  throw new InvalidInput({
    thing: `interface ${name}`,
    problem: `has the macAddress ${mac}, and its claim's port takes ${ofPort} only`,
    remedy: 'leave it out, or choose it by mac of a claim whose class has macs: claim',
  });
}

function metadataText({ name, claim, request }: VmiNic, binding: Binding): string {
  const file = metadataPath(binding.driver, claim, request, binding.metadata);
  const text = (binding.look ?? lookAt()).text(file);
  if (text !== undefined) return text;
  throw new InvalidInput({
    thing: `interface ${name}`,
    problem: `the pod has no ${file}`,
    remedy: `is the claim's driver ${binding.driver}, and is the claim given to this container, too?`,
  });
}

/** `end`: KubeVirt says that the guest has ended. */
export function bindingServices(binding: Binding, end: () => void): Parameters<typeof serve>[1] {
  const info = handlers({
    // Names of hook points. Source: OnDefineDomainHookPointName, ShutdownHookPointName in pkg/hooks/info/types.go.
    Info: () => ({
      name: `network-${binding.name}-binding`,
      versions: ['v1alpha3'],
      hookPoints: [
        { name: 'OnDefineDomain', priority: 0 },
        { name: 'Shutdown', priority: 0 },
      ],
    }),
  });
  const callbacks = handlers({
    OnDefineDomain: ({ domainXML, vmi }: { domainXML: Buffer; vmi: Buffer }) => {
      const text = defineDomain(domainXML.toString(), vmi.toString(), binding);
      return { domainXML: Buffer.from(text) };
    },
    PreCloudInitIso: ({ cloudInitData }: { cloudInitData: Buffer }) => ({ cloudInitData }),
    Shutdown: () => {
      setImmediate(end);
      return {};
    },
  });
  return [
    [serviceOf('info', 'kubevirt.hooks.info.Info'), info],
    [serviceOf('hooks', 'kubevirt.hooks.v1alpha3.Callbacks'), callbacks],
  ];
}
