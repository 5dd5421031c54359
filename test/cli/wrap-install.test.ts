import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Libvirt } from '../../src/libvirt/index.js';
import { vmlane } from './test-io.js';

const WRAPPER = join(import.meta.dirname, '../../wrapper/qemu-wrap');
const QEMU = '/usr/bin/qemu-system-x86_64';
const XML = `<domain type='test'><name>web1</name><uuid>f0000000-0000-4000-8000-000000000002</uuid><memory unit='MiB'>64</memory>
  <os><type arch='x86_64'>hvm</type></os><devices><emulator>${QEMU}</emulator></devices></domain>`;

// libvirt's test driver: what is defined lives as long as a connection to it.
let libvirt: Libvirt;
let dir: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-install-'));
  libvirt = await connect('test:///default');
  await libvirt.define(XML);
});
afterEach(async () => {
  await libvirt.undefine('web1');
  await libvirt.close();
  rmSync(dir, { recursive: true });
});

const env = { VMLANE_SETTINGS: '/nonexistent' };
const wrap = (...words: string[]) =>
  vmlane(['wrap', ...words, '--connect', 'test:///default'], { env });

const DIFFERENCE = [
  'domain web1',
  '+   <metadata>',
  `+     <vmlane:wrap xmlns:vmlane="urn:vmlane:wrap:1" emulator="${QEMU}"/>`,
  '+   </metadata>',
  `-     <emulator>${QEMU}</emulator>`,
  `+     <emulator>${WRAPPER}</emulator>`,
  '',
].join('\n');

describe('install', () => {
  it('--dry-run shows the difference and changes nothing', async () => {
    const before = await libvirt.definition('web1');
    const ran = await wrap('install', 'web1', '--dry-run');
    expect(ran).toEqual({ status: 0, out: DIFFERENCE, err: '' });
    expect(await libvirt.definition('web1')).toBe(before);
  });

  it('changes what it showed; again it changes nothing; uninstall takes it back', async () => {
    const before = await libvirt.definition('web1');
    expect(await wrap('install', 'web1')).toEqual({
      status: 0,
      out: DIFFERENCE,
      err: 'vmlane: web1: qemu-wrap is its emulator, from its next start on\n',
    });
    expect(await libvirt.definition('web1')).toContain(`<emulator>${WRAPPER}</emulator>`);
    expect(await wrap('install', 'web1')).toEqual({
      status: 0,
      out: '',
      err: 'vmlane: web1: qemu-wrap is its emulator already\n',
    });
    const back = await wrap('uninstall', 'web1', '--json');
    expect(JSON.parse(back.out)).toMatchObject({
      uri: 'test:///default',
      domains: [{ name: 'web1', changed: true, original: QEMU }],
      rules: [],
    });
    expect(back.err).toBe('vmlane: web1: its own emulator is back, from its next start on\n');
    expect(await libvirt.definition('web1')).toBe(before);
    expect((await wrap('uninstall', 'web1')).err).toBe(
      'vmlane: web1: it has its own emulator already\n',
    );
  });

  it('says when a domain ran another QEMU than it will', async () => {
    await libvirt.define(XML.replace(QEMU, '/opt/qemu'));
    const { err } = await wrap('install', 'web1', '--dry-run');
    expect(err).toBe(
      `vmlane: web1: it ran /opt/qemu, qemu-wrap will run ${QEMU}; emulator: sets it\n`,
    );
  });
});

describe('refuses, and changes no domain,', () => {
  it.each([
    [['nobody'], 2, /^vmlane: domain nobody: Domain not found; /],
    [[], 2, /^vmlane wrap install: DOMAIN is missing; /],
    [['--wrapper', '/usr/bin/true'], 2, /^vmlane: \/usr\/bin\/true: this is not qemu-wrap; name /],
    [['--wrapper', '/none'], 2, /^vmlane: \/none: this is not qemu-wrap; name /],
  ])('%j', async (words, status, line) => {
    const names = words[0] === 'nobody' ? ['web1', ...words] : words;
    const ran = await wrap('install', ...names, ...(words[0] === '--wrapper' ? ['web1'] : []));
    expect([ran.status, ran.out]).toEqual([status, '']);
    expect(ran.err).toMatch(line);
    expect(ran.err.split('\n')).toHaveLength(2);
    expect(await libvirt.definition('web1')).toContain(`<emulator>${QEMU}</emulator>`);
  });

  it('a wrapper for another architecture, whose name would tell it', async () => {
    const wrapper = join(dir, 'qemu-wrap-aarch64');
    symlinkSync(WRAPPER, wrapper);
    const ran = await wrap('install', 'web1', '--wrapper', wrapper);
    expect(ran).toEqual({
      status: 2,
      out: '',
      err: `vmlane: domain web1: its architecture is x86_64, ${wrapper} runs the QEMU for aarch64; link it as qemu-wrap-x86_64 and name that as the wrapper\n`,
    });
  });
});
