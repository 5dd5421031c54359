/** The options of `vmlane switch start`, from the table of the switch's settings. */
import {
  START_OPTIONS,
  type StartName,
  type StartOption,
  SWITCH_SETTINGS_FILE,
} from '../../../switch/index.js';
import { flag, integer, integers, text, texts } from '../../options.js';

/** The form of an option of each kind. */
interface Forms {
  cpus: ReturnType<typeof integers>;
  number: ReturnType<typeof integer>;
  flag: ReturnType<typeof flag>;
  text: ReturnType<typeof text>;
  path: ReturnType<typeof text>;
  texts: ReturnType<typeof texts>;
  paths: ReturnType<typeof texts>;
  devices: ReturnType<typeof texts>;
  relays: ReturnType<typeof texts>;
}

type StartOptions = { [N in StartName]: Forms[(typeof START_OPTIONS)[N]['kind']] };

function formOf(name: string, option: StartOption): Forms[keyof Forms] {
  const { kind, describe, min = 0, max = Number.MAX_SAFE_INTEGER } = option;
  switch (kind) {
    case 'cpus':
      return integers(name, min, max, describe);
    case 'number':
      return integer(name, min, max, describe);
    case 'flag':
      return flag(describe);
    case 'text':
      return text(name, describe);
    case 'path':
      return text(name, describe, 'file');
    case 'paths':
      return texts(describe, 'file');
    case 'texts':
    case 'devices':
    case 'relays':
      return texts(describe);
  }
}

export const startOptions = Object.fromEntries(
  Object.entries(START_OPTIONS).map(([name, option]) => [name, formOf(name, option)]),
) as StartOptions;

/** Which settings file. */
export const settingsOptions = {
  settings: text(
    'settings',
    `File with more of these options [default: ${SWITCH_SETTINGS_FILE} for the default control socket]`,
    'file',
  ),
  'no-settings': flag('Without a settings file'),
} as const;
