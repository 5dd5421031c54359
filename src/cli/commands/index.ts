import type { Command, Group } from '../command.js';

/** Commands on one subject, by name; each is loaded when it is asked for. */
export interface GroupIndex {
  name: string;
  summary: string;
  /** Its one command needs no name: `vmlane metrics`. */
  alone?: true;
  commands: Readonly<Record<string, () => Promise<Command>>>;
}

/** All commands, in the order of help. */
export const index: readonly GroupIndex[] = [
  {
    name: 'domain',
    summary: 'Guests: generate and convert domain XML; start, stop and change guests',
    commands: {
      generate: async () => (await import('./domain/generate.js')).domainGenerate,
      schema: async () => (await import('./domain/schema.js')).domainSchema,
      example: async () => (await import('./domain/example.js')).domainExample,
      convert: async () => (await import('./domain/convert.js')).domainConvert,
      validate: async () => (await import('./domain/validate.js')).domainValidate,
      define: async () => (await import('./domain/define.js')).domainDefine,
      apply: async () => (await import('./domain/apply.js')).domainApply,
      start: async () => (await import('./domain/start.js')).domainStart,
      stop: async () => (await import('./domain/stop.js')).domainStop,
      destroy: async () => (await import('./domain/destroy.js')).domainDestroy,
      undefine: async () => (await import('./domain/undefine.js')).domainUndefine,
      migrate: async () => (await import('./domain/migrate.js')).domainMigrate,
      list: async () => (await import('./domain/list.js')).domainList,
      show: async () => (await import('./domain/show.js')).domainShow,
      attach: async () => (await import('./domain/attach.js')).domainAttach,
      detach: async () => (await import('./domain/detach.js')).domainDetach,
    },
  },
  {
    name: 'switch',
    summary: 'The switch: start, stop and watch it, add and remove ports',
    commands: {
      start: async () => (await import('./switch/start.js')).switchStart,
      stop: async () => (await import('./switch/stop.js')).switchStop,
      ports: async () => (await import('./switch/ports.js')).switchPorts,
      show: async () => (await import('./switch/show.js')).switchShow,
      fdb: async () => (await import('./switch/fdb.js')).switchFdb,
      stats: async () => (await import('./switch/stats.js')).switchStats,
      top: async () => (await import('./switch/top.js')).switchTop,
      watch: async () => (await import('./switch/watch.js')).switchWatch,
      info: async () => (await import('./switch/info.js')).switchInfo,
      set: async () => (await import('./switch/set.js')).switchSet,
      settings: async () => (await import('./switch/settings-file.js')).switchSettingsFile,
      add: async () => (await import('./switch/add.js')).switchAdd,
      trace: async () => (await import('./switch/trace.js')).switchTrace,
      capture: async () => (await import('./switch/capture.js')).switchCapture,
      remove: async () => (await import('./switch/remove.js')).switchRemove,
    },
  },
  {
    name: 'network',
    summary: 'Networks: VLANs of the switch, attached to bridges of this host',
    commands: {
      add: async () => (await import('./network/add.js')).networkAdd,
      list: async () => (await import('./network/list.js')).networkList,
      show: async () => (await import('./network/show.js')).networkShow,
      remove: async () => (await import('./network/remove.js')).networkRemove,
    },
  },
  {
    name: 'relay',
    summary: 'Relays: a device, such as a VF, and a guest that are joined without a look-up',
    commands: {
      add: async () => (await import('./relay/add.js')).relayAdd,
      list: async () => (await import('./relay/list.js')).relayList,
      stats: async () => (await import('./relay/stats.js')).relayStats,
      query: async () => (await import('./relay/query.js')).relayQuery,
      'add-socket': async () => (await import('./relay/sockets.js')).relayAddSocket,
      'remove-socket': async () => (await import('./relay/sockets.js')).relayRemoveSocket,
      remove: async () => (await import('./relay/remove.js')).relayRemove,
      'port-control': async () => (await import('./relay/port-control.js')).relayPortControl,
      import: async () => (await import('./relay/import.js')).relayImport,
    },
  },
  {
    name: 'demo',
    summary: 'See that it works here: two guests ping each other, and are gone',
    alone: true,
    commands: {
      run: async () => (await import('./demo/run.js')).demoRun,
    },
  },
  {
    name: 'doctor',
    summary: 'Why has a guest no network?',
    alone: true,
    commands: {
      guest: async () => (await import('./doctor/guest.js')).doctorGuest,
    },
  },
  {
    name: 'metrics',
    summary: 'Metrics for Prometheus',
    alone: true,
    commands: {
      export: async () => (await import('./metrics/export.js')).metricsExport,
    },
  },
  {
    name: 'web',
    summary: 'A page that shows the switch',
    alone: true,
    commands: {
      show: async () => (await import('./web/show.js')).webShow,
    },
  },
  {
    name: 'sriov',
    summary: 'SR-IOV: create and configure VFs, and give them to guests',
    commands: {
      list: async () => (await import('./sriov/list.js')).sriovList,
      limits: async () => (await import('./sriov/limits.js')).sriovLimits,
      plan: async () => (await import('./sriov/plan.js')).sriovPlan,
      set: async () => (await import('./sriov/set.js')).sriovSet,
      vf: async () => (await import('./sriov/vf.js')).sriovVf,
      bind: async () => (await import('./sriov/bind.js')).sriovBind,
      unbind: async () => (await import('./sriov/unbind.js')).sriovUnbind,
      'passthrough-ready': async () =>
        (await import('./sriov/passthrough-ready.js')).sriovPassthroughReady,
      persist: async () => (await import('./sriov/persist.js')).sriovPersist,
      restore: async () => (await import('./sriov/restore.js')).sriovRestore,
    },
  },
  {
    name: 'wrap',
    summary: "qemu-wrap: how it rewrites QEMU's arguments, its settings, its domains",
    commands: {
      explain: async () => (await import('./wrap/explain.js')).wrapExplain,
      config: async () => (await import('./wrap/config.js')).wrapConfig,
      path: async () => (await import('./wrap/path.js')).wrapPath,
      install: async () => (await import('./wrap/install.js')).wrapInstall,
      uninstall: async () => (await import('./wrap/uninstall.js')).wrapUninstall,
    },
  },
  {
    name: 'hook',
    summary: "libvirt's qemu hook: adds ports at a guest's start, removes them at its end",
    commands: {
      install: async () => (await import('./hook/install.js')).hookInstall,
      uninstall: async () => (await import('./hook/uninstall.js')).hookUninstall,
      status: async () => (await import('./hook/status.js')).hookStatus,
    },
  },
  {
    name: 'host',
    summary: 'This host: check it, explain errors, set it up',
    commands: {
      check: async () => (await import('./host/check.js')).hostCheck,
      explain: async () => (await import('./host/explain.js')).hostExplain,
      plan: async () => (await import('./host/plan.js')).hostPlan,
      setup: async () => (await import('./host/setup.js')).hostSetup,
    },
  },
  {
    name: 'completion',
    summary: 'Completions for bash, zsh and fish',
    alone: true,
    commands: {
      print: async () => (await import('./completion/print.js')).completionPrint,
    },
  },
];

/** All groups with all their commands, in the order of help. */
export function allGroups(): Promise<Group[]> {
  return Promise.all(
    index.map(async ({ commands, ...group }) => {
      const loaded = await Promise.all(Object.values(commands).map((load) => load()));
      return { ...group, commands: loaded };
    }),
  );
}

/** The command alone, in its group; undefined if there is none of these names. */
export async function commandNamed(group = '', name = ''): Promise<Group | undefined> {
  const found = index.find((one) => one.name === group);
  if (!found) return undefined;
  const { commands, ...rest } = found;
  const only = found.alone && Object.keys(commands)[0];
  const asked = Object.hasOwn(commands, name) ? name : only;
  const command = await commands[asked || '']?.();
  return command && { ...rest, commands: [command] };
}
