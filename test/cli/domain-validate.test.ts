import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { validateGuests } from '../../src/guests/validate.js';
import { connect } from '../../src/libvirt/index.js';
import { SCHEMA, xmlOf } from '../domain/convert/cases.js';
import { makeTree } from '../sriov/tree.js';
import { inFolder } from '../switch/folder.js';
import { vmlane } from './test-io.js';

const GOOD = readFileSync(join(import.meta.dirname, '../domain/validate/good.xml'), 'utf8');
/** A PF, eth7, with VF 1. */
const CARD = `sys/bus/pci/devices/0000:07:00.0/
  vendor = 0x8086
  device = 0x10fb
  class = 0x020000
  sriov_totalvfs = 63
  virtfn1 -> ../0000:07:10.1
  net/eth7/flags = 0x1003
sys/bus/pci/devices/0000:07:10.1/
  vendor = 0x8086
  device = 0x10ed
  class = 0x020000
  physfn -> ../0000:07:00.0`;
const SPEC =
  'name: web1\nmemory: 512MiB\nboot: {kernel: /boot/vmlinuz}\ninterfaces: [{type: vhost-user}]\n';
const offline = (words: string[], input = GOOD, env = {}) =>
  vmlane(['domain', 'validate', ...words, '--offline'], { input, env });

afterEach(() => void vi.unstubAllEnvs());

describe('domain validate', () => {
  it('says nothing on standard output of what is good: XML, a spec, and JSON', async () => {
    const told = 'vmlane: standard input: no errors\n';
    expect(await offline(['-'])).toEqual({ status: 0, out: '', err: told });
    expect(await offline(['-'], SPEC)).toEqual({ status: 0, out: '', err: told });
    expect(await offline(['-', '--json'])).toEqual({ status: 0, out: '[]\n', err: told });
  });

  it('one line for each finding, in the order of the file; invalid in itself is 2', async () => {
    const bad = GOOD.replace("queues='4'", "queues='0'").replace('52:54:00:00:00:02', 'x');
    const { status, out } = await offline(['-'], bad);
    expect(status).toBe(2);
    expect(out.split('\n')).toEqual([
      'standard input: error: devices/interface[1]/driver: queues="0" is not from 1 to 128; give 1 to 128, at most one for each vCPU',
      'standard input: error: devices/interface[2]/mac: "x" is no MAC; give six octets, such as 52:54:00:12:34:56',
      '',
    ]);
    const json = JSON.parse((await offline(['-', '--json'], bad)).out);
    expect(json[0]).toEqual({
      file: 'standard input',
      level: 'error',
      path: 'devices/interface[1]/driver',
      problem: 'queues="0" is not from 1 to 128',
      remedy: 'give 1 to 128, at most one for each vCPU',
      rule: 'queues',
    });
  });

  it('only warnings is 0; only the host is 1', async () => {
    const warned = await offline(['-'], GOOD.replace("queues='4'", "queues='8'"));
    expect(warned).toMatchObject({ status: 0, out: expect.stringContaining(': warning: ') });
    await inFolder(async (folder) => {
      const words = ['domain', 'validate', '-', '--root', folder];
      const { status, out } = await vmlane(words, { input: GOOD });
      expect([status, out]).toEqual([1, expect.stringContaining('this host has no PCI device')]);
    });
  });

  it("what a spec's define would make need not be there; VFs are looked up below the root", () =>
    inFolder(async (folder) => {
      const seed =
        'cloudInit: {userData: "#cloud-config", metaData: "instance-id: one", path: /srv/seed.iso}';
      const spec = `${SPEC.replace('vhost-user}', 'vf, pf: eth7, index: 1}')}disks: [{${seed}}]\n`;
      const judge = () =>
        vmlane(['domain', 'validate', '-', '--root', folder, '--json'], { input: spec });
      const without = await judge();
      expect([without.status, without.out]).toEqual([
        2,
        expect.stringContaining('no network device eth7'),
      ]);
      makeTree(folder, CARD);
      const { out } = await judge();
      expect(out).toContain('0000:07:10.1 is in no IOMMU group');
      expect(out).toContain('/boot/vmlinuz');
      expect(out).not.toContain('/srv/seed.iso');
    }));

  it('a file that cannot be read is a finding, and the others are judged, too', () =>
    inFolder(async (folder) => {
      const file = (name: string) => join(folder, name);
      await writeFile(file('good.yaml'), SPEC);
      await writeFile(file('huge.xml'), Buffer.alloc(10 * 1024 * 1024, GOOD));
      await writeFile(file('typo.yaml'), `${SPEC}vcpu: 2\n`);
      const names = ['gone.xml', 'huge.xml', 'typo.yaml', 'good.yaml'];
      const { status, out } = await offline([...names.map(file)]);
      expect(status).toBe(2);
      expect(out.replaceAll(`${folder}/`, '').replaceAll(folder, '.').split('\n')).toEqual([
        'gone.xml: error: no such file or folder; check the name',
        'huge.xml: error: longer than 1 MiB; name a spec or domain XML file',
        'typo.yaml: error: unknown key "vcpu"; did you mean "vcpus"?',
        '',
      ]);
    }));

  it('all that is wrong with a spec is told, a line each', async () => {
    const spec = 'name: a b\nmemory: 1\nvcpu: 2\ninterfaces: [{type: vhost-user, vlan: 9999}]\n';
    const { status, out } = await offline(['-'], spec);
    expect(status).toBe(2);
    expect(out.split('\n').map((line) => line.split('; ')[0])).toEqual([
      'standard input: error: unknown key "vcpu"',
      expect.stringMatching(/^standard input: error: name: /),
      expect.stringMatching(/^standard input: error: memory: /),
      expect.stringMatching(/^standard input: error: interfaces\[0\]\.vlan: /),
      '',
    ]);
    expect(out).not.toContain('more problem');
  });

  it('a folder stands for its files; many names are a number', () =>
    inFolder(async (folder) => {
      for (const n of [1, 2, 3, 4, 5]) {
        await writeFile(join(folder, `web${n}.yaml`), SPEC.replace('web1', `web${n}`));
      }
      await writeFile(join(folder, 'notes.txt'), 'x');
      expect(await offline([folder])).toEqual({
        ...{ status: 0, out: '', err: 'vmlane: 5 files: no errors\n' },
      });
      await writeFile(join(folder, 'web6.yaml'), 'x');
      expect(await offline([folder])).toMatchObject({
        ...{ status: 2, out: expect.stringContaining(`${folder}/web6.yaml: error: `) },
      });
      await mkdir(join(folder, 'empty'));
      expect(await offline([join(folder, 'empty')])).toMatchObject({
        ...{ status: 2, err: expect.stringContaining('holds no file named *.yaml') },
      });
    }));

  it("a file's name ends no line", () =>
    inFolder(async (folder) => {
      const { out } = await offline([join(folder, 'a\nb: all is well\u001b[2J.xml')]);
      expect(out.split('\n')).toHaveLength(2);
      expect(out).toContain('a?b: all is well?[2J.xml: error: no such file');
    }));

  it('files are compared with those before them', () =>
    inFolder(async (folder) => {
      const [one, two] = [join(folder, 'one.xml'), join(folder, 'two.xml')];
      await writeFile(one, GOOD);
      await writeFile(two, GOOD.replace('web1<', 'web2<').replace('00aa<', '00ab<'));
      const { status, out } = await offline([one, two]);
      expect(status).toBe(2);
      const told = out.replaceAll(`${folder}/`, '').split('\n').slice(0, -1);
      expect(
        told.every((line) => /^two\.xml: error: .* is that of one\.xml, too; /.test(line)),
      ).toBe(true);
      expect(told.map((line) => /the (\S+) "/.exec(line)?.[1])).toEqual([
        ...['disk', 'MAC', 'socket', 'MAC', 'socket', 'MAC', 'VF'],
      ]);
    }));

  it.each([
    [[], 'neither FILE nor --domain'],
    [['a.xml', '--domain', 'web1'], 'both FILE and --domain'],
  ])('%j is refused', async (words, problem) => {
    const { status, err } = await vmlane(['domain', 'validate', ...words]);
    expect([status, err]).toEqual([2, `vmlane domain validate: ${problem}; give one of them\n`]);
  });

  it("another host's libvirt: this host is not looked at, and it must answer by itself", async () => {
    const uri = 'qemu+tcp://host.invalid/system';
    const { status, out, err } = await vmlane(['domain', 'validate', '-', '--connect', uri], {
      input: GOOD,
    });
    expect([status, out]).toEqual([0, '']);
    expect(err).toContain(`vmlane: ${uri} is another host: this one is not looked at\n`);
    expect(err).toContain('vmlane: not compared with other domains: ');
  });
});

it("a session's QEMU runs as who we are", () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'run'), { mode: 0o700 });
    await mkdir(join(folder, 'etc'));
    await writeFile(join(folder, 'etc/passwd'), 'libvirt-qemu:x:64055:64055::/:/x\n');
    const xml = GOOD.replaceAll('/run/vmlane/guests/web1.0.sock', '/run/web1.sock');
    const rules = async (session: boolean) => {
      vi.stubEnv('LIBVIRT_DEFAULT_URI', `qemu:///${session ? 'session' : 'system'}`);
      const found = await validateGuests([{ label: 'web1', xml }], { root: folder });
      return found
        .filter((one) => one.path === 'devices/interface[1]/source')
        .map(({ rule }) => rule);
    };
    expect(await rules(true)).toEqual([]);
    expect(await rules(false)).toContain('socket-folder');
  }));

describe('with libvirt', () => {
  const test = ['--connect', 'test:///default'];

  it('--domain reads its definition', async () => {
    // libvirt's test driver has one guest, "test".
    const words = ['domain', 'validate', '--domain', 'test', '--offline', ...test];
    const { status, out, err } = await vmlane(words);
    expect([status, out, err]).toEqual([0, '', 'vmlane: domain test: no errors\n']);
    const nobody = await vmlane(['domain', 'validate', '--domain', 'nobody', ...test]);
    expect(nobody).toMatchObject({ status: 2, err: expect.stringContaining('Domain not found') });
  });

  it('a domain is compared with all others, not with itself', async () => {
    const libvirt = await connect('test:///default');
    await libvirt.define(
      xmlOf('taps')
        .replace('<name>taps<', '<name>validated<')
        .replace(/<uuid>.*?<\/uuid>/, ''),
    );
    try {
      const xml = await libvirt.definition('validated');
      const words = ['domain', 'validate', '-', ...test, '--json'];
      const compared = async (input: string) =>
        JSON.parse((await vmlane(words, { input })).out).filter(
          ({ rule }: { rule: string }) => rule === 'other-domains',
        );
      expect(await compared(xml)).toEqual([]);
      const [uuid, mac] = [/<uuid>.*<\/uuid>/, /52:54:00:00:00:31/].map(
        (one) => one.exec(xml)?.[0],
      );
      const renamed = await compared(xml.replace('<name>validated<', '<name>other<'));
      expect(renamed).toMatchObject([
        {
          level: 'error',
          path: 'uuid',
          problem: expect.stringContaining('that of domain validated, too'),
        },
        {
          level: 'warning',
          path: 'devices/interface[1]/mac',
          problem: `the MAC "${mac}" is that of domain validated, too`,
        },
        ...[{ level: 'warning' }, { level: 'warning' }],
      ]);
      const twin = await compared(
        xml.replace(uuid ?? '', '<uuid>6a2f6d1e-0000-4000-8000-0000000000cc</uuid>'),
      );
      expect(twin[0]).toMatchObject({ level: 'error', path: 'name' });
    } finally {
      await libvirt.undefine('validated');
      await libvirt.close();
    }
  });
});

describe("libvirt's schema", () => {
  beforeAll(() => expect(existsSync(SCHEMA)).toBe(true));

  it('finds what no rule knows, at its element', async () => {
    const bad = GOOD.replace("<alias name='ua-team0'/>", '$&<speed>fast</speed>');
    const { status, out } = await offline(['-', '--json', '--schema', SCHEMA], bad);
    expect(status).toBe(2);
    expect(JSON.parse(out)).toMatchObject([
      {
        rule: 'schema',
        path: 'devices/interface[1]/speed',
        problem: expect.stringContaining("libvirt's schema does not allow <speed>fast</speed> ("),
      },
    ]);
  });

  it.each([
    ["<driver queues='4'", "<driver queuez='4'", 'devices/interface[1]/driver'],
    ['</os>', '<bogus/></os>', 'os/bogus'],
    ["arch='x86_64'", "arch='z80'", 'os/type'],
    ["<vcpu current='2'", "<vcpu currant='2'", 'vcpu'],
    ["mode='client'>", "mode='client'><reconect/>", 'devices/interface[2]/source/reconect'],
    ["<serial type='unix'>", '<serial>', 'devices/serial'],
  ])('%s as %s is found at %s', async (from, to, path) => {
    const { out } = await offline(['-', '--json', '--schema', SCHEMA], GOOD.replace(from, to));
    expect(JSON.parse(out)).toMatchObject([{ rule: 'schema', path }]);
  });

  it.each([
    ["arch='x86_64'", "arch='z80'", 'arch="z80"'],
    ["<driver queues='4'", "<driver queuez='4'", 'queuez="4"'],
    ["startupPolicy='optional'", "startupPolicy='someday'", 'startupPolicy="someday"'],
    ["device='cdrom'", "device='flop'", 'device="flop"'],
    ["bus='sata'", "bus='none'", 'target bus="none"'],
    ['</vcpu>', '</vcpu><on_reboot>sometimes</on_reboot>', '<on_reboot>sometimes</on_reboot>'],
    ['</vcpu>', '</vcpu><bogus/>', 'this'],
  ])('%s as %s: the value is named', async (from, to, value) => {
    const { out } = await offline(['-', '--json', '--schema', SCHEMA], GOOD.replace(from, to));
    const [{ problem }] = JSON.parse(out);
    expect(problem).toContain(`does not allow ${value} (`);
  });

  it('may refuse what libvirt itself shows of a running guest', async () => {
    const live = GOOD.replace(/<model type='virtio'\/>/g, "<target dev=''/>$&");
    expect(await offline(['-', '--schema', SCHEMA], live)).toMatchObject({ status: 0, out: '' });
  });

  it('has no say where a rule knows better', async () => {
    const bad = GOOD.replace("queues='4'", "queues='many'");
    const { out } = await offline(['-', '--json', '--schema', SCHEMA], bad);
    expect(JSON.parse(out).map(({ rule }: { rule: string }) => rule)).toEqual(['queues']);
  });

  describe('large files', () => {
    const metadata = (text: string) =>
      GOOD.replace('</metadata>', `<x xmlns='urn:x'>${text}</x></metadata>`);
    const attributes = Array.from({ length: 60_000 }, (_, n) => `b${n}='1'`).join(' ');

    it.each([
      ['200,000 siblings', metadata('<a/>'.repeat(200_000))],
      ['60,000 attributes', metadata(`<a ${attributes}/>`)],
      ['200 levels', metadata('<a>'.repeat(200) + '</a>'.repeat(200))],
    ])("%s in others' metadata are none of our business", async (_, xml) => {
      expect(await offline(['-', '--schema', SCHEMA], xml)).toMatchObject({ status: 0, out: '' });
    });

    it.each([
      ['<a/>'.repeat(200_000), '200000 times <a>'],
      [`<a ${attributes}/>`, '60000 attributes'],
    ])('elsewhere they are refused', async (text, problem) => {
      const bad = GOOD.replace('</devices>', `${text}</devices>`);
      const { out } = await offline(['-', '--json', '--schema', SCHEMA], bad);
      expect(JSON.parse(out)).toMatchObject([{ rule: 'input', problem }]);
    });

    it('an error is one short line', async () => {
      const { out } = await offline(['-'], `<domain>${'<'.repeat(800_000)}`);
      expect(out.length).toBeLessThan(1000);
    });
  });

  it('what is no character of XML is a finding, too', async () => {
    const bad = GOOD.replace('<metadata>', '<title>a&#1;</title><metadata>');
    const { status, out } = await offline(['-', '--json', '--schema', SCHEMA], bad);
    expect(status).toBe(2);
    expect(JSON.parse(out)).toMatchObject([
      {
        rule: 'input',
        path: '',
        problem: 'has a reference to a character that is none in XML: "&#1;"',
      },
    ]);
  });

  it('takes standard input for data, whatever is in it', async () => {
    const input = GOOD.replace('/boot/vmlinuz', '/boot/$(touch /tmp/x)`id`;"\u00e9');
    expect(await offline(['-', '--schema', SCHEMA], input)).toMatchObject({ status: 0, out: '' });
  });

  it.each([
    ['none.rng', undefined],
    ['broken.rng', '<grammar'],
    ['--version', '<x/>'],
  ])('%s given by hand must be one', (name, text) =>
    inFolder(async (folder) => {
      const file = join(folder, name);
      if (text) await writeFile(file, text);
      const { status, err } = await offline(['-', `--schema=${file}`]);
      expect([status, err]).toEqual([
        2,
        expect.stringMatching(/^vmlane: --schema: xmllint cannot use [^\n]*; name a RELAX NG/),
      ]);
    }),
  );

  it('without xmllint it is not asked, and that is said', () =>
    inFolder(async (folder) => {
      await chmod(folder, 0o755);
      const path = process.env.PATH;
      process.env.PATH = folder;
      try {
        const { status, err } = await offline(['-']);
        expect([status, err]).toEqual([
          0,
          expect.stringContaining("not checked against libvirt's schema: xmllint is not installed"),
        ]);
      } finally {
        process.env.PATH = path;
      }
    }));
});
