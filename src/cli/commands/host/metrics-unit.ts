/** What `vmlane host setup --metrics` asks for. */

import type { MetricsUnit, SwitchUnit } from '../../../host/setup/request.js';
import { InvalidInput } from '../../../values/errors.js';

const OPTIONS = { listen: '--metrics-listen', token: '--metrics-token-file' };

/** Options about metrics. */
interface MetricsValues {
  'metrics-listen'?: string | undefined;
  'metrics-token-file'?: string | undefined;
}

/** The metrics' unit; `service`: the switch's, if that is set up, too. @throws InvalidInput */
export async function metricsUnitOf(
  values: MetricsValues,
  service: SwitchUnit | undefined,
  root: string,
): Promise<MetricsUnit> {
  const { DEFAULT_CONTROL_SOCKET } = await import('../../../contract/bounds.js');
  const { metricsCommand } = await import('../../../host/setup/programs.js');
  const { METRICS_USER } = await import('../../../host/setup/metrics-unit.js');
  const { DEFAULT_LISTEN, WANTED } = await import('../../../metrics/listen.js');
  const { mustBeGuarded, placeOf } = await import('../../../serve/place.js');
  const wanted = { ...WANTED, ...OPTIONS };
  const { 'metrics-listen': listen = DEFAULT_LISTEN, 'metrics-token-file': token } = values;
  const place = placeOf(listen, wanted);
  if (place.kind === 'unix') {
    const problem = 'the service has no folder for a socket';
    const remedy = `give an address and a port, such as ${DEFAULT_LISTEN}`;
    throw new InvalidInput({ thing: `--metrics-listen ${listen}`, problem, remedy });
  }
  mustBeGuarded(place, token !== undefined, wanted);
  if (token !== undefined && !/^\/[\w./@+-]+$/.test(token)) {
    const problem = 'is no absolute path of letters, digits and . _ - + @';
    throw new InvalidInput({ thing: `--metrics-token-file ${token}`, problem, remedy: 'move it' });
  }
  const controlSocket = service?.controlSocket ?? DEFAULT_CONTROL_SOCKET;
  const words = service?.start ?? [];
  const ownGroups = words.some((word) => /^--look-group(?:=|$)/.test(word));
  const isNamed = words.some((word) => word.replace('--look-group=', '') === METRICS_USER);
  // Options of a command line win over the settings, and these are of the switch at the usual place.
  if (!isNamed && (ownGroups || controlSocket !== DEFAULT_CONTROL_SOCKET)) {
    throw new InvalidInput({
      thing: '--metrics',
      problem: 'this switch would not let it look',
      remedy: `add --look-group ${METRICS_USER} after --`,
    });
  }
  return {
    start: metricsCommand(listen, controlSocket),
    isLoopback: place.isLoopback,
    settings: await settingsWith(METRICS_USER, isNamed, root),
    ...(token !== undefined && { token }),
  };
}

/** The switch's settings with a group that may look, besides those in it; without `after` if that is needless. */
async function settingsWith(
  group: string,
  isNamed: boolean,
  root: string,
): Promise<MetricsUnit['settings']> {
  const { changeSwitchSettings, readSwitchSettings, SWITCH_SETTINGS_FILE } = await import(
    '../../../switch/settings-file.js'
  );
  const path = SWITCH_SETTINGS_FILE;
  const groups = readSwitchSettings(path, root).settings['look-group'] ?? [];
  if (isNamed || groups.includes(group)) return { path };
  const set = { 'look-group': [...groups, group] };
  const { after } = await changeSwitchSettings({ set }, { root, dryRun: true });
  return { path, after };
}
