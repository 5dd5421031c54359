/** What debian/ says about packages is what setup/packages says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dependencies, hasOwnNode, release } from '../../packaging/names.js';

const ROOT = join(import.meta.dirname, '../..');
const LIST = readFileSync(join(ROOT, 'setup/packages'), 'utf8');
const CONTROL = readFileSync(join(ROOT, 'packaging/debian/control'), 'utf8');

/** The names of a field of the source's paragraph. */
function field(name: string): string[] {
  const [, text = ''] = new RegExp(`^${name}:((?:.*\\n)(?: .*\\n)*)`, 'm').exec(CONTROL) ?? [];
  return text.split(',').flatMap((one) => one.trim().split(/\s/)[0] || []);
}

test('what the build depends on is in setup/packages', () => {
  const rows = LIST.split('\n').map((line) => line.split(/\s+/));
  const build = rows.flatMap(([group, name]) => (group === 'build' && name ? [name] : []));
  expect(field('Build-Depends').toSorted()).toEqual(['debhelper-compat', ...build].toSorted());
});

test('dependencies come from setup/packages, and none of them compiles', () => {
  for (const name of ['vhost-switch', 'vmlane']) {
    const all = ['depends', 'recommends', 'suggests'].flatMap((kind) =>
      dependencies(LIST, name, kind),
    );
    expect(all.length).toBeGreaterThan(1);
    expect(all.filter((one) => /^(?:gcc|g\+\+|clang|make|python3)$|-dev$/.test(one))).toEqual([]);
  }
  expect(dependencies(LIST, 'vmlane', 'depends')).toContain('iproute2');
  expect(dependencies('vmlane:depends  a  why\n# vmlane:depends b\n', 'vmlane', 'depends')).toEqual(
    ['a'],
  );
});

test.each([
  ['VERSION_ID="12"\n', '12', true],
  ['ID=debian\nVERSION_ID="13"\n', '13', false],
  ['PRETTY_NAME="Debian GNU/Linux forky/sid"\n', 'testing', false],
])('%j brings a Node: %s', (text, name, own) => {
  expect(release(text)).toBe(name);
  expect(hasOwnNode(release(text))).toBe(own);
});
