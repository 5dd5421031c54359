import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDomain } from '../../../src/domain/domain.js';
import {
  convertDomain,
  revertDomain,
  unwrapDomain,
  wrapDomain,
} from '../../../src/domain/index.js';
import { mtuOf } from '../../../src/domain/read/mtus.js';
import { accesses } from '../../../src/domain/read/shared-memory.js';
import { applyEdits, removal } from '../../../src/xml/edit.js';
import { childrenOf } from '../../../src/xml/element.js';
import { scan } from '../../../src/xml/scan.js';
import { domains } from './arbitraries.js';

const RUNS = { numRuns: 400 };
/** Chosen by a number each, so that one conversion may follow another. */
const chosen = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 });

test('convert and revert give the original bytes, twice is once', () => {
  let moved = 0;
  fc.assert(
    fc.property(domains, (xml) => {
      const { xml: after, nics } = convertDomain(openDomain(xml));
      moved += nics.length;
      expect(convertDomain(openDomain(after))).toMatchObject({ xml: after, nics: [] });
      expect(revertDomain(openDomain(after))).toMatchObject({ xml, notes: [] });
      expect(revertDomain(openDomain(xml)).xml).toBe(xml);
    }),
    RUNS,
  );
  expect(moved).toBeGreaterThan(RUNS.numRuns / 4);
});

test('so do several conversions, one NIC each', () => {
  fc.assert(
    fc.property(domains, chosen, (xml, numbers) => {
      const { nics } = convertDomain(openDomain(xml));
      let after = xml;
      for (const number of numbers) {
        const nic = nics[number];
        if (nic) after = convertDomain(openDomain(after), { nics: [String(nic.index)] }).xml;
      }
      expect(revertDomain(openDomain(after))).toMatchObject({ xml, notes: [] });
    }),
    RUNS,
  );
});

test('to VFs and back gives the original bytes, too, and leaves the memory alone', () => {
  let moved = 0;
  fc.assert(
    fc.property(domains, fc.boolean(), (xml, pooled) => {
      const all = convertDomain(openDomain(xml)).nics;
      // A NIC of a pool is known by its address.
      const nics = all.filter(({ mac }, i) => {
        const others = all.filter((one) => one.mac === mac);
        return !pooled || (mac !== undefined && others[0] === all[i] && others.length === 1);
      });
      const options = {
        nics: nics.map(({ index }) => String(index)),
        vfs: pooled ? { pool: 'vfs' } : nics.map((_, i) => `0000:3b:1${i}.0`),
      };
      const { xml: after } = convertDomain(openDomain(xml), options);
      moved += nics.length > 0 ? 1 : 0;
      expect(convertDomain(openDomain(after), options)).toMatchObject({ xml: after, nics: [] });
      expect(revertDomain(openDomain(after))).toMatchObject({ xml, notes: [], paths: [] });
      expect(frame(after)).toBe(frame(xml));
      expect(childrenOf(scan(after), 'memoryBacking').length).toBe(
        childrenOf(scan(xml), 'memoryBacking').length,
      );
    }),
    RUNS,
  );
  expect(moved).toBeGreaterThan(RUNS.numRuns / 8);
});

test('all memory is shared, and each socket is there once', () => {
  fc.assert(
    fc.property(domains, (xml) => {
      const { xml: after, nics } = convertDomain(openDomain(xml));
      fc.pre(nics.length > 0);
      const paths = openDomain(after).vhostUserInterfaces.map(({ path }) => path);
      expect(paths).toEqual(nics.map(({ path }) => path));
      expect(new Set(paths).size).toBe(paths.length);
      const [backing] = childrenOf(scan(after), 'memoryBacking');
      expect(childrenOf(backing, 'access')[0]?.attributes.mode).toBe('shared');
      const outside = after.replace(/<vmlane:convert.*<\/vmlane:convert>/s, '');
      expect(outside).not.toMatch(/(memAccess|access)\s*=\s*["']private/);
    }),
    RUNS,
  );
});

test('nothing but NICs, what overrides them, the memory and the record changes', () => {
  fc.assert(
    fc.property(domains, (xml) => {
      expect(frame(convertDomain(openDomain(xml)).xml)).toBe(frame(xml));
    }),
    RUNS,
  );
});

test('a moved NIC has the MTU that it had, and no <mtu> that libvirt would refuse', () => {
  let announced = 0;
  fc.assert(
    fc.property(domains, (xml) => {
      const before = openDomain(xml);
      const { xml: after, nics } = convertDomain(before);
      const now = openDomain(after);
      const aliases = now.nics.flatMap(({ alias, hostMtu }) => (hostMtu ? [alias] : []));
      // Two that have one alias before are libvirt's to refuse.
      const own = aliases.filter((alias) => alias !== 'ua-x');
      expect(new Set(own).size).toBe(own.length);
      for (const { index } of nics) {
        const [was, is] = [before, now].map(({ nics: all }) => all[index]);
        if (!was || !is || was.alias === 'ua-x') continue;
        const mtu = mtuOf(was);
        expect(mtuOf(is)).toBe(mtu);
        if (mtu === undefined || mtu === 'x') continue;
        announced++;
        expect(childrenOf(is.element, 'mtu')).toEqual([]);
        expect(is.alias).toMatch(/^ua-vmlane-/);
      }
    }),
    RUNS,
  );
  expect(announced).toBeGreaterThan(RUNS.numRuns / 8);
});

/** The text without what may change. */
function frame(xml: string): string {
  const domain = scan(xml);
  const devices = childrenOf(domain, 'devices');
  const gone = [
    ...['metadata', 'memoryBacking', 'qemu:override', 'q:override', 'o:override'].flatMap((name) =>
      childrenOf(domain, name).map((one) => removal(xml, one)),
    ),
    ...devices.flatMap((one) => childrenOf(one, 'interface')),
    ...accesses(domain).flatMap(({ element, name }) => element.places.get(name) ?? []),
  ];
  return applyEdits(
    xml,
    gone.map(({ start, end }) => ({ start, end, text: '' })),
  );
}

test('the wrapper can come and go in between', () => {
  fc.assert(
    fc.property(domains, (xml) => {
      const wrapped = wrapDomain(
        openDomain(convertDomain(openDomain(xml)).xml),
        '/opt/vmlane/wrapper/qemu-wrap',
      ).after;
      const { xml: back, notes } = revertDomain(
        openDomain(unwrapDomain(openDomain(wrapped)).after),
      );
      expect(notes).toEqual([]);
      expect(back).not.toContain('vmlane:');
    }),
    { numRuns: 200 },
  );
});
