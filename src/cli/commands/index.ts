import type { Group } from '../command.js';
import { domainApply } from './domain/apply.js';
import { domainAttach } from './domain/attach.js';
import { domainConvert } from './domain/convert.js';
import { domainDefine } from './domain/define.js';
import { domainDestroy } from './domain/destroy.js';
import { domainDetach } from './domain/detach.js';
import { domainGenerate } from './domain/generate.js';
import { domainList } from './domain/list.js';
import { domainSchema } from './domain/schema.js';
import { domainShow } from './domain/show.js';
import { domainStart } from './domain/start.js';
import { domainStop } from './domain/stop.js';
import { domainUndefine } from './domain/undefine.js';
import { domainValidate } from './domain/validate.js';
import { hookInstall } from './hook/install.js';
import { hookStatus } from './hook/status.js';
import { hookUninstall } from './hook/uninstall.js';
import { hostCheck } from './host/check.js';
import { hostExplain } from './host/explain.js';
import { hostPlan } from './host/plan.js';
import { hostSetup } from './host/setup.js';
import { networkAdd } from './network/add.js';
import { networkList } from './network/list.js';
import { networkRemove } from './network/remove.js';
import { networkShow } from './network/show.js';
import { relayAdd } from './relay/add.js';
import { relayImport } from './relay/import.js';
import { relayList } from './relay/list.js';
import { relayPortControl } from './relay/port-control.js';
import { relayQuery } from './relay/query.js';
import { relayRemove } from './relay/remove.js';
import { relayAddSocket, relayRemoveSocket } from './relay/sockets.js';
import { relayStats } from './relay/stats.js';
import { sriovBind } from './sriov/bind.js';
import { sriovLimits } from './sriov/limits.js';
import { sriovList } from './sriov/list.js';
import { sriovPassthroughReady } from './sriov/passthrough-ready.js';
import { sriovPersist } from './sriov/persist.js';
import { sriovPlan } from './sriov/plan.js';
import { sriovRestore } from './sriov/restore.js';
import { sriovSet } from './sriov/set.js';
import { sriovUnbind } from './sriov/unbind.js';
import { sriovVf } from './sriov/vf.js';
import { switchAdd } from './switch/add.js';
import { switchFdb } from './switch/fdb.js';
import { switchInfo } from './switch/info.js';
import { switchMirror } from './switch/mirror.js';
import { switchPorts } from './switch/ports.js';
import { switchRemove } from './switch/remove.js';
import { switchSet } from './switch/set.js';
import { switchSettingsFile } from './switch/settings-file.js';
import { switchShow } from './switch/show.js';
import { switchStart } from './switch/start.js';
import { switchStats } from './switch/stats.js';
import { switchStop } from './switch/stop.js';
import { wrapConfig } from './wrap/config.js';
import { wrapExplain } from './wrap/explain.js';
import { wrapInstall } from './wrap/install.js';
import { wrapUninstall } from './wrap/uninstall.js';

/** All commands, in the order of help. */
export const groups: readonly Group[] = [
  {
    name: 'domain',
    summary: 'Guests: generate and convert domain XML; start, stop and change guests',
    commands: [
      domainGenerate,
      domainSchema,
      domainConvert,
      domainValidate,
      domainDefine,
      domainApply,
      domainStart,
      domainStop,
      domainDestroy,
      domainUndefine,
      domainList,
      domainShow,
      domainAttach,
      domainDetach,
    ],
  },
  {
    name: 'switch',
    summary: 'The switch: start, stop and watch it, add and remove ports',
    commands: [
      switchStart,
      switchStop,
      switchPorts,
      switchShow,
      switchFdb,
      switchStats,
      switchInfo,
      switchSet,
      switchSettingsFile,
      switchAdd,
      switchMirror,
      switchRemove,
    ],
  },
  {
    name: 'network',
    summary: 'Networks: VLANs of the switch, attached to bridges of this host',
    commands: [networkAdd, networkList, networkShow, networkRemove],
  },
  {
    name: 'relay',
    summary: 'Relays: a device, such as a VF, and a guest that are joined without a look-up',
    commands: [
      relayAdd,
      relayList,
      relayStats,
      relayQuery,
      relayAddSocket,
      relayRemoveSocket,
      relayRemove,
      relayPortControl,
      relayImport,
    ],
  },
  {
    name: 'sriov',
    summary: 'SR-IOV: create and configure VFs, and give them to guests',
    commands: [
      sriovList,
      sriovLimits,
      sriovPlan,
      sriovSet,
      sriovVf,
      sriovBind,
      sriovUnbind,
      sriovPassthroughReady,
      sriovPersist,
      sriovRestore,
    ],
  },
  {
    name: 'wrap',
    summary: "qemu-wrap: how it rewrites QEMU's arguments, its settings, its domains",
    commands: [wrapExplain, wrapConfig, wrapInstall, wrapUninstall],
  },
  {
    name: 'hook',
    summary: "libvirt's qemu hook: adds ports at a guest's start, removes them at its end",
    commands: [hookInstall, hookUninstall, hookStatus],
  },
  {
    name: 'host',
    summary: 'This host: check it, explain errors, set it up',
    commands: [hostCheck, hostExplain, hostPlan, hostSetup],
  },
];
