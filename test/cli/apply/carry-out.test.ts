import { expect, test } from 'vitest';
import { carryOut } from '../../../src/cli/apply/carry-out.js';
import type { DomainPlan } from '../../../src/cli/apply/plan.js';
import type { Hands } from '../../../src/cli/apply/steps.js';
import { Failed } from '../../../src/errors.js';
import { domainOf } from './files.js';

const plan = (name: string, more: Partial<DomainPlan> = {}): DomainPlan => ({
  ...{ name, file: `${name}.xml`, action: 'redefine', why: '', state: 'shut off' },
  ...{ restart: 'no', start: false, seeds: [], requests: [], steps: [], remove: [], sockets: [] },
  ...{ before: `old ${name}`, xml: domainOf({ name }) },
  mark: { set: 's', digest: 'd', guest: 'g', generation: 1, made: '' },
  ...more,
});

/** A libvirt that keeps what is defined as it is, and refuses what `refuses` says. */
function hands(refuses: (xml: string) => boolean): Hands & { defined: Map<string, string> } {
  const defined = new Map<string, string>();
  const never = () => Promise.reject(new Error('nobody asked for this'));
  return {
    defined,
    client: undefined,
    stop: { timeoutMs: 1, force: false, say: () => {}, signal: new AbortController().signal },
    libvirt: {
      define: async (xml) => {
        if (refuses(xml)) throw new Failed({ thing: 'x', problem: 'no', remedy: 'y' });
        defined.set(/<name>(.*)<\/name>|old (.*)/.exec(xml)?.slice(1).find(Boolean) ?? '', xml);
      },
      definition: async (name) => defined.get(name) ?? '',
      ...{ state: never, start: never, shutdown: never, destroy: never, undefine: never },
    },
  };
}

test('a definition that cannot be taken back is told as done', async () => {
  const on = hands((xml) => xml === 'old a' || xml.includes('<name>c</name>'));
  const { error, ...outcome } = await carryOut([plan('a'), plan('b'), plan('c')], on);
  expect(outcome).toEqual({
    done: new Map([['a', ['define']]]),
    left: [
      { name: 'b', deed: 'define' },
      { name: 'c', deed: 'define' },
    ],
    takenBack: false,
  });
  expect(error).toMatchObject({
    exitCode: 1,
    message:
      "vmlane domain apply: c.xml: no; y, and taking back failed too (a: x: no; y); see 'vmlane domain list' and 'vmlane switch ports'",
  });
  expect(on.defined.get('b')).toBe('old b');
});

test('a libvirt that writes another definition each time is given up', async () => {
  const on = hands(() => false);
  let count = 0;
  const plain = on.libvirt.definition;
  on.libvirt.definition = async (name) => `${await plain(name)}<!-- ${count++} -->`;
  const { error, takenBack } = await carryOut([plan('a')], on);
  expect(takenBack).toBe(true);
  expect(error).toMatchObject({
    message: 'a.xml: libvirt does not keep what is defined; see virsh dumpxml --inactive',
  });
  expect(on.defined.get('a')).toBe('old a');
});
