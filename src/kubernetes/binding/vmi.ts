/** A VirtualMachineInstance, as far as its NICs matter here. Source: api/core/v1/schema.go of KubeVirt. */
import * as z from 'zod';
import { SWITCH_SETTINGS } from '../../contract/bounds.js';
import type { BoundNic } from '../../domain/convert/bound-nic.js';
import { mac } from '../../spec/fields.js';
import { InvalidInput } from '../../values/errors.js';
import { readRecord } from '../../values/json-record.js';
import { PCI_ADDRESS } from '../../values/pci.js';
import { dnsLabel, dnsSubdomain } from '../names.js';

const count = z.int().min(0).max(65_535);

const nic = z.object({
  // Not longer, and of these characters: it becomes an alias of libvirt's.
  name: z
    .string()
    .max(63)
    .regex(/^[A-Za-z0-9_-]+$/),
  binding: z.object({ name: z.string() }).nullish(),
  model: z.string().nullish(),
  macAddress: z.union([mac, z.literal('')]).nullish(),
  pciAddress: z.union([z.string().regex(PCI_ADDRESS), z.literal('')]).nullish(),
  acpiIndex: count.nullish(),
  bootOrder: count.nullish(),
  state: z.string().nullish(),
});

const network = z.object({
  name: z.string(),
  resourceClaim: z.object({ claimName: dnsLabel, requestName: dnsLabel }).nullish(),
});

const podClaim = z.object({
  name: dnsLabel,
  resourceClaimName: dnsSubdomain.nullish(),
  resourceClaimTemplateName: z.string().nullish(),
});

const schema = z.object({
  spec: z.object({
    domain: z.object({
      cpu: z
        .object({ cores: count.nullish(), sockets: count.nullish(), threads: count.nullish() })
        .nullish(),
      devices: z.object({
        interfaces: z.array(nic).nullish(),
        networkInterfaceMultiqueue: z.boolean().nullish(),
        useVirtioTransitional: z.boolean().nullish(),
      }),
    }),
    networks: z.array(network).nullish(),
    resourceClaims: z.array(podClaim).nullish(),
  }),
});

/** A NIC of our binding, and where its metadata are. */
export interface VmiNic extends Omit<BoundNic, 'socket' | 'mtu'> {
  claim: { name: string; podClaim: string | undefined };
  request: string;
}

/** QEMU's largest ring. */
const RING = 1024;
/** The most queue pairs that the switch takes. */
const QUEUES_MAX = SWITCH_SETTINGS.queue_limit.max;

/** The NICs with this binding, in their order; not those that are being unplugged. @throws InvalidInput */
export function boundNicsOf(json: string, binding: string): VmiNic[] {
  const refuse = (problem: string, cause?: unknown) =>
    new InvalidInput({ thing: 'VMI', problem, remedy: 'is it KubeVirt that asks?' }, { cause });
  const { spec } = readRecord(json, schema, refuse);
  const { cpu, devices } = spec.domain;
  const cpus = [cpu?.cores, cpu?.sockets, cpu?.threads].reduce<number>((n, of) => n * (of || 1), 1);
  const queues = devices.networkInterfaceMultiqueue ? Math.min(cpus, QUEUES_MAX) : 1;
  const nics = (devices.interfaces ?? []).filter((one) => one.binding?.name === binding);
  return nics
    .filter(({ state }) => state !== 'absent')
    .map((one): VmiNic => {
      if (one.model && one.model !== 'virtio') {
        const problem = `has the model ${one.model}, and vhost-user is virtio`;
        throw refused(one.name, problem, 'leave model out');
      }
      return {
        name: one.name,
        mac: one.macAddress || undefined,
        ...(one.pciAddress ? { guestAddress: one.pciAddress } : {}),
        ...{ queues, rxQueueSize: RING, txQueueSize: RING },
        transitional: devices.useVirtioTransitional ?? false,
        acpiIndex: one.acpiIndex || undefined,
        bootOrder: one.bootOrder || undefined,
        link: one.state === 'down' ? 'down' : 'up',
        ...claimOf(one.name, spec),
      };
    });
}

/** Which of the pod's claims it is. @throws InvalidInput */
function claimOf(
  name: string,
  { networks, resourceClaims }: z.infer<typeof schema>['spec'],
): Pick<VmiNic, 'claim' | 'request'> {
  const of = networks?.find((one) => one.name === name);
  if (!of?.resourceClaim) {
    const remedy = 'give the network of that name a resourceClaim: claimName, requestName';
    throw refused(name, 'its network is of no claim', remedy);
  }
  const { claimName, requestName: request } = of.resourceClaim;
  const claim = resourceClaims?.find((one) => one.name === claimName);
  if (claim === undefined) {
    const remedy = `name it in spec.resourceClaims, or another in spec.networks`;
    throw refused(name, `the guest has no claim ${claimName}`, remedy);
  }
  const own = claim.resourceClaimName;
  if (own) return { claim: { name: own, podClaim: undefined }, request };
  return { claim: { name: claimName, podClaim: claimName }, request };
}

function refused(nicName: string, problem: string, remedy: string): InvalidInput {
  return new InvalidInput({ thing: `interface ${nicName}`, problem, remedy });
}
