import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rewrite } from '../../src/qemu/index.js';
import { parseArguments, renderArguments } from '../../src/qemu/syntax/arguments.js';
import { captures, cases, MEMFD, readArgs, readCase } from './fixtures.js';

/** Any word that QEMU does not take for an option. */
const value = fc.oneof(
  fc.string({ unit: 'binary' }).filter((text) => !text.startsWith('{')),
  fc.constantFrom('', 'a=b,,c,d', 'line\nline', 'id=x,id=y', 'help ', '-netdev', '--'),
);
/** Options with values, flags and disk images, none of which a rule is about. */
const unrelated = fc.oneof(
  fc.tuple(fc.constantFrom('-drive', '--serial', '-kernel', '-append', '-k', '-fw_cfg'), value),
  fc.tuple(fc.constantFrom('-S', '--no-reboot', '-nodefaults', '-enable-kvm')),
  fc.tuple(fc.string().filter((text) => !text.startsWith('-'))),
);
const NIC = [
  ['-netdev', 'tap,id=n0'],
  ['-device', 'virtio-net-pci,netdev=n0'],
];

describe('parseArguments', () => {
  test('gives back every vector byte for byte', () => {
    fc.assert(
      fc.property(fc.array(unrelated), (list) => {
        expect(renderArguments(parseArguments(list.flat()))).toEqual(list.flat());
        expect(parseArguments(list.flat()).map((one) => one.args)).toEqual(list);
      }),
    );
  });

  test.each(captures)('gives back %s', (name) => {
    expect(renderArguments(parseArguments(readArgs(name)))).toEqual(readArgs(name));
  });
});

describe('rewrite', () => {
  test('leaves what no rule touches as it is and in its order', () => {
    fc.assert(
      fc.property(fc.array(unrelated), fc.array(unrelated), (before, after) => {
        const argv = [...before, ...NIC, ...after].flat();
        const { edits } = rewrite(argv, MEMFD);
        const kept = edits.filter((edit) => edit.kind === 'keep').map((edit) => edit.args);
        expect(kept).toEqual([...before, ...after]);
        expect(edits.filter((edit) => edit.kind === 'drop')).toHaveLength(NIC.length);
      }),
    );
  });

  test('changes nothing where no word is -netdev, -nic, -net or -readconfig, on which the wrapper relies', () => {
    const known = fc.constantFrom(...captures.flatMap(readArgs), ...NIC.flat());
    const words = fc.array(known.filter((word) => word !== '-netdev'));
    fc.assert(
      fc.property(words, (argv) => {
        const result = safely(() => rewrite(argv, MEMFD));
        if (result) expect(result).toMatchObject({ argv, ports: [] });
      }),
    );
  });

  test.each(cases)('tells all it did to %s', (name) => {
    const { argv, policy, host } = readCase(name);
    const result = safely(() => rewrite(argv, policy, host));
    if (!result) return;
    const words = (left: string) =>
      result.edits.filter((edit) => edit.kind !== left).flatMap((edit) => edit.args);
    expect(words('add')).toEqual(argv);
    expect(words('drop')).toEqual(result.argv);
  });

  test.each(cases)('has nothing left to do on the result of %s', (name) => {
    const { argv, policy, host } = readCase(name);
    const once = safely(() => rewrite(argv, policy, host));
    // Where the NIC stays on a tap, or options are added, a second time would do it again.
    if (!once || policy.backend.kind !== 'vhost-user' || policy.extra.always.length > 0) return;
    expect(rewrite(once.argv, policy, host)).toMatchObject({
      argv: once.argv,
      ports: [],
    });
  });
});

/** The result, or undefined where the input is refused: other tests are about that. */
function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
