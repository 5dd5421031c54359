import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Backend,
  DEFAULT_POLICY,
  OFFLOADS,
  type Policy,
  type Rewrite,
  rewrite,
} from '../../src/qemu/index.js';
import { parseArguments, propertiesOf } from '../../src/qemu/syntax/arguments.js';
import { get, isOn, type Properties } from '../../src/qemu/syntax/properties.js';
import { VmlaneError } from '../../src/values/errors.js';

/** Whatever a guest is made of and whatever the policy says, some things always hold. */

const unrelated = fc.oneof(
  fc.tuple(
    fc.constantFrom('-drive', '--append', '-k', '-fw_cfg', '-serial'),
    fc.string({ unit: 'binary' }),
  ),
  fc.constantFrom(['-S'], ['--no-reboot'], ['disk,,a.raw'], ['-device', 'virtio-rng-pci,id=rng']),
);

const flag = fc.constantFrom('', ',vhost=on', ',vhostforce=on', ',queues=2', ',fds=33:34');
const card = fc.constantFrom(
  '',
  ',csum=on',
  ',mq=on,vectors=6',
  ',guest_tso4=on,mac=52:54:00:00:00:01',
);
const type = fc.constantFrom('tap', 'bridge', 'user', 'socket');
const driver = fc.constantFrom('virtio-net-pci', 'virtio-net', 'virtio-net-ccw', 'e1000e');

/** Options of NIC number `at`, in the syntaxes and forms that there are. */
const nicAt = (at: number) => {
  const pair = fc
    .tuple(type, flag, driver, card, fc.boolean(), fc.boolean())
    .map(([backend, more, model, properties, json, deviceFirst]) => {
      const netdev = ['-netdev', `${backend},id=n${at}${more}`];
      const device = json
        ? ['-device', JSON.stringify({ driver: model, netdev: `n${at}`, csum: true, x: at })]
        : ['--device', `${model},netdev=n${at},id=d${at}${properties}`];
      return deviceFirst ? [device, netdev] : [netdev, device];
    });
  const board = fc
    .tuple(type, fc.constantFrom('virtio', 'virtio-net-pci', 'e1000'), fc.boolean())
    .map(([backend, model, named]) => [
      ['-nic', `${backend},model=${model}${named ? `,id=n${at}` : ''}`],
    ]);
  return fc.oneof({ weight: 4, arbitrary: pair }, board);
};
const nics = fc
  .integer({ min: 0, max: 3 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => nicAt(at))))
  .map((lists) => lists.flat());

const ram = fc.constantFrom<string[][]>(
  [],
  [['-m', '64']],
  [
    ['-m', 'size=65536k'],
    ['-machine', 'q35,usb=off'],
  ],
  [
    ['-M', 'q35,memory-backend=r'],
    ['-object', 'memory-backend-ram,id=r,size=64M'],
  ],
  [
    ['-object', '{"qom-type":"memory-backend-memfd","id":"r","size":67108864}'],
    ['-numa', 'node,memdev=r'],
  ],
  [['-mem-path', '/x'], ['-mem-prealloc']],
);

const guest = fc
  .tuple(fc.array(unrelated), nics, ram, fc.array(unrelated))
  .map(([before, cards, memory, after]) => [...before, ...cards, ...memory, ...after]);

const backend = fc.constantFrom<Backend>(
  DEFAULT_POLICY.backend,
  {
    kind: 'vhost-user',
    socketDir: '/s',
    listener: 'switch',
    reconnectSeconds: 1,
    otherMacs: 'all',
  },
  { kind: 'vhost-net' },
  { kind: 'vhostfd', device: '/dev/v{index}' },
  { kind: 'tap-fd', fdFile: '/f/{index}/{queue}', vhost: true },
);

const policy: fc.Arbitrary<Policy> = fc.record({
  nics: fc.constantFrom<Policy['nics']>('virtio', 'vhost', [{ id: 'd0' }, { id: 'n1' }]),
  backend,
  keepOffloads: fc.oneof(fc.constant('all' as const), fc.subarray([...OFFLOADS])),
  memory: fc.record({
    source: fc.constantFrom<Policy['memory']['source']>(
      { kind: 'memfd' },
      { kind: 'huge', folder: '/h', otherwise: 'refuse' },
      { kind: 'huge', pageSize: 2 ** 21, node: 0, otherwise: 'refuse' },
    ),
    prealloc: fc.constantFrom<Policy['memory']['prealloc']>('huge', 'always', 'as-given'),
    allGuests: fc.boolean(),
  }),
  extra: fc.constant(DEFAULT_POLICY.extra),
});

/** Runs `claim` on what comes of guests; those that are refused are refused in our own words. */
function holds(claim: (result: Rewrite, argv: string[], chosen: Policy) => void) {
  fc.assert(
    fc.property(guest, policy, (words, chosen) => {
      const argv = words.flat();
      let result: Rewrite;
      try {
        result = rewrite(argv, chosen);
      } catch (error) {
        expect(error).toBeInstanceOf(VmlaneError);
        return;
      }
      claim(result, argv, chosen);
    }),
    { numRuns: 1500 },
  );
}

const optionsOf = (argv: readonly string[], option: string) =>
  parseArguments(argv)
    .filter((one) => one.option === option)
    .map(propertiesOf);

test('what is kept and dropped is the old vector, what is kept and added the new one', () => {
  holds(({ edits, argv: after }, before) => {
    const words = (left: string) =>
      edits.filter((edit) => edit.kind !== left).flatMap((edit) => edit.args);
    expect(words('add')).toEqual(before);
    expect(words('drop')).toEqual(after);
  });
});

test('where nothing is rewritten nothing is changed, and nothing is asked of the switch', () => {
  holds(({ untouched, argv, ports, steps }, before) => {
    if (untouched === undefined) return;
    expect({ argv, ports, steps }).toEqual({ argv: before, ports: [], steps: [] });
  });
});

test('offloads are off on exactly the rewritten NICs, but for those that are kept', () => {
  holds(({ argv, ports, untouched }, before, { keepOffloads, backend: { kind } }) => {
    if (untouched !== undefined || kind !== 'vhost-user') return;
    const moved = new Set(ids(optionsOf(argv, 'netdev'), 'vhost-user'));
    expect(moved.size).toBe(ports.length);
    const off = keepOffloads === 'all' ? [] : OFFLOADS.filter((one) => !keepOffloads.includes(one));
    const old = optionsOf(before, 'device');
    for (const device of optionsOf(argv, 'device')) {
      if (!moved.has(get(device, 'netdev') ?? '')) {
        expect(old).toContainEqual(device);
        continue;
      }
      const on = off.filter((one) => get(device, one) !== 'off');
      // What a kept one needs is kept with it.
      expect(on.filter((one) => !/^(guest_)?csum$/.test(one))).toEqual([]);
    }
  });
});

test('no guest is on the switch with private memory, on a shared port, or with fewer queues', () => {
  holds(({ argv, ports }, before) => {
    if (ports.length === 0) return;
    const objects = optionsOf(argv, 'object').filter((one) =>
      get(one, 'qom-type')?.startsWith('memory-backend-'),
    );
    expect(objects).toHaveLength(1);
    expect(objects.every((one) => isOn(get(one, 'share')))).toBe(true);
    expect(new Set(ports.map((port) => port.path)).size).toBe(ports.length);
    expect(new Set(ids(optionsOf(argv, 'chardev'))).size).toBe(ports.length);
    for (const old of optionsOf(before, 'netdev')) {
      const now = optionsOf(argv, 'netdev').find((one) => get(one, 'id') === get(old, 'id'));
      const queues = get(old, 'fds') ? 2 : Number(get(old, 'queues') ?? 1);
      if (get(now as Properties, 'type') !== 'vhost-user') continue;
      expect(Number(get(now as Properties, 'queues') ?? 1)).toBe(queues);
    }
  });
});

test('each descriptor that is handed over is in the arguments, and none twice', () => {
  holds(({ argv, steps }) => {
    const handed = steps.flatMap((step) => ('fd' in step ? step.fd : []));
    expect(new Set(handed).size).toBe(handed.length);
    const told = optionsOf(argv, 'netdev').flatMap((netdev) =>
      ['fd', 'fds', 'vhostfd', 'vhostfds'].flatMap((key) => get(netdev, key)?.split(':') ?? []),
    );
    for (const fd of handed) expect(told.filter((one) => one === String(fd))).toHaveLength(1);
  });
});

function ids(options: readonly Properties[], kind?: string): string[] {
  return options
    .filter((one) => kind === undefined || get(one, 'type') === kind)
    .map((one) => get(one, 'id') ?? '');
}
