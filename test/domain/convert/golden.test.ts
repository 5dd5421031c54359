import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unifiedDiff } from '../../../src/cli/diff.js';
import { openDomain } from '../../../src/domain/domain.js';
import { convertDomain, revertDomain } from '../../../src/domain/index.js';
import { connect, type Libvirt } from '../../../src/libvirt/index.js';
import { InvalidInput } from '../../../src/values/errors.js';
import { FOLDER, files, names, optionsOf, SCHEMA, STYLES, xmlOf } from './cases.js';

const run = promisify(execFile);

/** What a case comes to, and the file where that is recorded. */
function outcome(name: string): { file: string; text: string; converted?: string } {
  const xml = xmlOf(name);
  try {
    const converted = convertDomain(openDomain(xml), optionsOf(name)).xml;
    const text = unifiedDiff(xml, converted, `${name}.xml`, false);
    return { file: `${name}.diff`, text, converted };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return { file: `${name}.err`, text: `${error.message}\n` };
  }
}

test.each(names)('%s is converted as recorded', async (name) => {
  const { file, text } = outcome(name);
  await expect(text).toMatchFileSnapshot(join(FOLDER, file));
});

test('no golden file is left over', () => {
  const known = names.flatMap((name) => [`${name}.xml`, `${name}.case.json`, outcome(name).file]);
  expect(files.filter((file) => !known.includes(file))).toEqual(['README.md']);
});

const good = names.filter((name) => outcome(name).converted !== undefined);
/** Of Xen, bhyve and others nothing is moved, and libvirt's test driver does not take all of them. */
const defined = good.filter((name) =>
  /<domain\s+[^>]*type\s*=\s*.(kvm|qemu|test)/.test(xmlOf(name)),
);

describe.each(good)('%s', (name) => {
  const options = optionsOf(name);
  test.each(STYLES)('%s: twice is once, and the way back gives every byte', (_, style) => {
    const xml = style(xmlOf(name));
    const { xml: after, nics } = convertDomain(openDomain(xml), options);
    expect(convertDomain(openDomain(after), options)).toMatchObject({ xml: after, nics: [] });
    expect(revertDomain(openDomain(after))).toMatchObject({ xml, notes: [] });
    expect(revertDomain(openDomain(xml)).xml).toBe(xml);
    const pathsOf = (text: string) => openDomain(text).vhostUserInterfaces.map(({ path }) => path);
    const own = pathsOf(xml);
    const moved = pathsOf(after).filter((path) => !own.includes(path));
    expect(moved).toEqual(nics.flatMap(({ path }) => path ?? []));
  });

  test('one NIC after the other, and all back', () => {
    const xml = xmlOf(name);
    let after = xml;
    for (const { index, vf, relay } of convertDomain(openDomain(xml), options).nics.reverse()) {
      const vfs = Array.isArray(options.vfs) && vf !== undefined ? { vfs: [vf] } : {};
      const relays = relay ? { relays: [relay.name] } : {};
      const one = { ...options, ...vfs, ...relays, nics: [String(index)] };
      after = convertDomain(openDomain(after), one).xml;
    }
    expect(revertDomain(openDomain(after))).toMatchObject({ xml, notes: [] });
  });
});

describe('what libvirt takes', () => {
  let folder: string;
  let libvirt: Libvirt;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vmlane-convert-'));
    libvirt = await connect('test:///default');
  });
  afterAll(async () => {
    await libvirt.close();
    rmSync(folder, { recursive: true });
  });

  test('there are cases', () => expect(good.length).toBeGreaterThan(20));

  // One has an element of libvirt's test driver that the schema does not know.
  const known = good.filter((name) => !xmlOf(name).includes('<test:runstate'));
  test.each(known)('%s passes the RNG schema', async (name) => {
    const path = join(folder, `${name}.xml`);
    writeFileSync(path, outcome(name).converted ?? '');
    await run('xmllint', ['--noout', '--relaxng', SCHEMA, path]);
  });

  test.each(defined)(
    '%s is defined, stays converted, and goes back through libvirt',
    async (name) => {
      const { name: domain, xml: after } = convertDomain(openDomain(xmlOf(name)), optionsOf(name));
      // The first time libvirt puts some things in order.
      const original = await definition(domain, await definition(domain, xmlOf(name)));
      const there = await definition(domain, after);
      expect(convertDomain(openDomain(there), optionsOf(name))).toMatchObject({
        xml: there,
        nics: [],
      });
      expect(openDomain(there).vhostUserInterfaces.map(({ path }) => path)).toEqual(
        openDomain(after).vhostUserInterfaces.map(({ path }) => path),
      );
      const back = await definition(domain, revertDomain(openDomain(there)).xml);
      // libvirt makes a new MAC, UUID and port where the text has none.
      expect(withoutChance(back)).toBe(withoutChance(original));
    },
  );

  async function definition(name: string, xml: string): Promise<string> {
    await libvirt.define(xml);
    const text = await libvirt.definition(name);
    await libvirt.undefine(name);
    return text;
  }
});

function withoutChance(xml: string): string {
  return xml.replace(/<uuid>.*<\/uuid>|<mac address='.*'\/>|interfaceid='.*'/g, '');
}
