export {
  DEFAULT_CONTROL_SOCKET,
  DROP_REASONS,
  PORT_SETTINGS,
  PROTOCOL_VERSION,
  SWITCH_SETTINGS,
} from '../contract/bounds.js';
export * from '../contract/types.js';
export { portName } from '../values/port-name.js';
export { type Added, addPorts } from './add-ports.js';
export { backgroundArguments } from './child.js';
export { SwitchClient } from './client.js';
export { isNotRunning, SwitchError, type SwitchErrorKind } from './errors.js';
export { frameFromFile } from './frame-file.js';
export { frameFromText } from './frame-text.js';
export {
  type LaunchOptions,
  type LaunchPlan,
  launchSettings,
  planLaunch,
  SWITCH_USER,
  switchArguments,
} from './launch.js';
export { memoryOfSwitch, type SwitchMemory } from './memory.js';
export {
  type LcoreRates,
  type PairRates,
  type PortRates,
  pairRates,
  type Rates,
  type Reading,
  ratesBetween,
} from './rates.js';
export {
  type PortStep,
  type PortValues,
  planPorts,
  type Registration,
  registerPorts,
  undoneAfter,
  valuesOf,
} from './register.js';
export { type Difference, differencesAt } from './running.js';
export type { ClientOptions } from './session.js';
export {
  changeSwitchSettings,
  readSwitchSettings,
  type SettingsChanged,
  type SettingsEdit,
  type SettingsFile,
  SWITCH_SETTINGS_FILE,
  settingsFileOf,
} from './settings-file.js';
export { runInForeground, type Started, type StartOptions, startSwitch } from './start.js';
export {
  launchOptions,
  namedDevice,
  namedRelays,
  START_NAMES,
  START_OPTIONS,
  type StartName,
  type StartOption,
  type SwitchSettings,
} from './start-options.js';
export { type StaticRelay, staticRelayValue } from './static-relays.js';
export { type StopOptions, stopSwitch } from './stop.js';
export { type WatchedEvent, type WatchOptions, watchSwitch } from './watch.js';
