import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatLine } from '../../../relays/index.js';
import type { SwitchClient } from '../../../switch/index.js';
import { command } from '../../command.js';
import { flag, integer, json } from '../../options.js';
import { type Json, keyed, printJson } from '../../output.js';
import { controlSocket, withSwitch } from '../switch/client.js';

/** Milliseconds between the two readings. */
const DELAY = { min: 1, max: 60_000, usual: 200 } as const;

/** `vmlane relay stats` */
export const relayStats = command({
  path: ['relay', 'stats'],
  summary: "Show relays' counters under virtio-forwarder's names",
  positionals: {},
  optional: { NAME: { describe: 'only this relay', names: 'relay' } },
  options: {
    ...controlSocket,
    'include-inactive': flag('Also relays whose device or guest is not there'),
    delay: integer(
      'delay',
      DELAY.min,
      DELAY.max,
      `Milliseconds in which rates are measured [default: ${DELAY.usual}]`,
    ),
    json,
  },
  examples: [
    ['relay stats', 'states, frames, bytes, rates and drops, relay_NAME.…=VALUE in a line each'],
    ['relay stats --include-inactive', 'relays that wait for their guest, too: DPDK_ADDED'],
    ['relay stats 3 --delay 1000 --json', 'one relay, rates over a second, for a program'],
  ],
  async run({ NAME, ...values }, io) {
    const { relayOf, relaysOf, statLines, statText } = await import('../../../relays/index.js');
    const found = await withSwitch(values['control-socket'], io, async (client) => {
      const relays = relaysOf(await client.ports());
      const asked = NAME === undefined ? relays : [relayOf(relays, NAME)];
      const { lcores } = await client.info();
      const before = await reading(client);
      await sleep(values.delay ?? DELAY.usual);
      const after = await reading(client);
      return asked.map(({ name, ...ends }) => {
        return { name, lines: statLines({ name, ...ends }, lcores, before, after) };
      });
    });
    // A relay that is asked for by its name is shown as it is.
    const isShown = (lines: readonly StatLine[]) =>
      values['include-inactive'] || NAME !== undefined || isActive(lines);
    const shown = found.filter(({ lines }) => isShown(lines));
    if (values.json) printJson(io, { relays: shown.map(asJson) });
    else
      for (const { name, lines } of shown)
        for (const line of lines) io.out(`${statText(name, line)}\n`);
    return 0;
  },
});

async function reading(client: SwitchClient) {
  const { ports } = await client.stats();
  return { ms: performance.now(), ports };
}

function isActive(lines: readonly StatLine[]): boolean {
  return lines.some(([path, value]) => path === 'active' && value === true);
}

/** `vf_to_vm.active` becomes the key `active` in the object `vf_to_vm`; `cpu` says the processors. */
function asJson({ name, lines }: { name: string; lines: readonly StatLine[] }): Json {
  const root: Record<string, Json> = { name };
  for (const [path, value] of lines) {
    const keys = path.split('.').filter((key) => !/^cpu_\d+$/.test(key));
    const last = keys.pop() ?? path;
    let at = root;
    for (const key of keys) {
      at[key] ??= {};
      at = at[key] as Record<string, Json>;
    }
    at[last] = value;
  }
  return keyed(root);
}
