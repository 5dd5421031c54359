/** The protocol files are as others have them: services, fields and numbers, by a list made from the published files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../src/kubernetes/proto');

const DRA = [
  'DRAPlugin.NodePrepareResources(NodePrepareResourcesRequest): NodePrepareResourcesResponse',
  'DRAPlugin.NodeUnprepareResources(NodeUnprepareResourcesRequest): NodeUnprepareResourcesResponse',
  'NodePrepareResourcesRequest.claims = 1: repeated Claim',
  'NodePrepareResourcesResponse.claims = 1: map<string, NodePrepareResourceResponse>',
  'NodePrepareResourceResponse.devices = 1: repeated Device',
  'NodePrepareResourceResponse.error = 2: string',
  'Device.request_names = 1: repeated string',
  'Device.pool_name = 2: string',
  'Device.device_name = 3: string',
  'Device.cdi_device_ids = 4: repeated string',
  'NodeUnprepareResourcesRequest.claims = 1: repeated Claim',
  'NodeUnprepareResourcesResponse.claims = 1: map<string, NodeUnprepareResourceResponse>',
  'NodeUnprepareResourceResponse.error = 1: string',
  'Claim.namespace = 1: string',
  'Claim.uid = 2: string',
  'Claim.name = 3: string',
];

// The file; its package; bytes as published; services and fields.
const PUBLISHED: [string, string, number, string[]][] = [
  ['dra/v1/api.proto', 'k8s.io.kubelet.pkg.apis.dra.v1', 3722, DRA],
  ['dra/v1beta1/api.proto', 'k8s.io.kubelet.pkg.apis.dra.v1beta1', 3732, DRA],
  [
    'pluginregistration/v1/api.proto',
    'pluginregistration',
    2227,
    [
      'PluginInfo.type = 1: string',
      'PluginInfo.name = 2: string',
      'PluginInfo.endpoint = 3: string',
      'PluginInfo.supported_versions = 4: repeated string',
      'RegistrationStatus.plugin_registered = 1: bool',
      'RegistrationStatus.error = 2: string',
      'Registration.GetInfo(InfoRequest): PluginInfo',
      'Registration.NotifyRegistrationStatus(RegistrationStatus): RegistrationStatusResponse',
    ],
  ],
  [
    'hooks/info/api_info.proto',
    'kubevirt.hooks.info',
    678,
    [
      'Info.Info(InfoParams): InfoResult',
      'InfoResult.name = 1: string',
      'InfoResult.hookPoints = 3: repeated HookPoint',
      'InfoResult.versions = 4: repeated string',
      'HookPoint.name = 1: string',
      'HookPoint.priority = 2: int32',
    ],
  ],
  [
    'hooks/v1alpha3/api_v1alpha3.proto',
    'kubevirt.hooks.v1alpha3',
    1600,
    [
      'Callbacks.OnDefineDomain(OnDefineDomainParams): OnDefineDomainResult',
      'Callbacks.PreCloudInitIso(PreCloudInitIsoParams): PreCloudInitIsoResult',
      'Callbacks.Shutdown(ShutdownParams): ShutdownResult',
      'OnDefineDomainParams.domainXML = 1: bytes',
      'OnDefineDomainParams.vmi = 2: bytes',
      'OnDefineDomainResult.domainXML = 1: bytes',
      'PreCloudInitIsoParams.cloudInitNoCloudSource = 1: bytes',
      'PreCloudInitIsoParams.vmi = 2: bytes',
      'PreCloudInitIsoParams.cloudInitData = 3: bytes',
      'PreCloudInitIsoResult.cloudInitNoCloudSource = 1: bytes',
      'PreCloudInitIsoResult.cloudInitData = 3: bytes',
    ],
  ],
];

/** Methods and fields, by their own small reader: not by the library that the programs use. */
function membersOf(text: string): string[] {
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
  return [...plain.matchAll(/(service|message)\s+(\w+)\s*\{((?:[^{}]|\{[^{}]*\})*)\}/g)].flatMap(
    ([, kind, name, body = '']) =>
      kind === 'service'
        ? [...body.matchAll(/rpc\s+(\w+)\s*\((\w+)\)\s*returns\s*\((\w+)\)/g)].map(
            ([, method, request, answer]) => `${name}.${method}(${request}): ${answer}`,
          )
        : [...body.matchAll(/((?:repeated\s+)?[\w<>, ]+?)\s+(\w+)\s*=\s*(\d+);/g)].map(
            ([, type = '', field, number]) => `${name}.${field} = ${number}: ${type.trim()}`,
          ),
  );
}

test.each(PUBLISHED)('%s', (file, packageName, bytes, members) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  expect(/^package (.*?);/m.exec(text)?.[1]).toBe(packageName);
  expect(Buffer.byteLength(text)).toBe(bytes);
  expect(membersOf(text)).toEqual(members);
});
