/** How kubelet finds the driver: it watches a folder of sockets, and asks each who is there (pluginregistration/v1). */
import { handlers, type serve, serviceOf } from './rpc.js';

/** Who the plugin is. */
export interface Plugin {
  driver: string;
  /** The socket on which it prepares claims. */
  endpoint: string;
  versions: readonly string[];
}

/** `say`: what kubelet thinks of it. `registered`: it has the plugin, for the first time or as it was started anew. */
export function registrationService(
  { driver, endpoint, versions }: Plugin,
  say: (line: string) => void,
  registered: () => void,
): Parameters<typeof serve>[1] {
  const methods = handlers({
    // Source of the type: DRAPlugin in pluginregistration/v1/constants.go.
    GetInfo: () => ({
      ...{ type: 'DRAPlugin', name: driver, endpoint },
      supported_versions: versions,
    }),
    NotifyRegistrationStatus: (status: { plugin_registered: boolean; error: string }) => {
      if (status.plugin_registered) registered();
      say(status.plugin_registered ? 'kubelet has it' : `kubelet refuses it: ${status.error}`);
      return {};
    },
  });
  return [[serviceOf('registration', 'pluginregistration.Registration'), methods]];
}
