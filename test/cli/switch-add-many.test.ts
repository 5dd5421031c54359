import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakePorts } from '../switch/fake-ports.js';
import { inFolder } from '../switch/folder.js';
import { withRealSwitch } from '../switch/real-switch.js';
import { withPorts } from '../switch/with-ports.js';
import { vmlane } from './test-io.js';

const add = (input: string, socket: string, ...more: string[]) =>
  vmlane(['switch', 'add', '--from', '-', '--control-socket', socket, ...more], { input });

describe('switch add --from', () => {
  it('adds 200 ports over one connection; again it changes nothing', () =>
    withRealSwitch(async ({ folder, socket }) => {
      const ports = Array.from({ length: 200 }, (_, i) => {
        return { name: `g${i}.0`, path: `${folder}/${i}`, vlan: i, mac: null };
      });
      const lines = ports.map((port) => JSON.stringify(port)).join('\n');
      expect(await add(lines, socket)).toEqual({
        status: 0,
        out: '',
        err: 'vmlane: 200 ports added, 0 unchanged\n',
      });
      const again = await add(JSON.stringify(ports), socket, '--json');
      expect(again.err).toBe('vmlane: 0 ports added, 200 unchanged\n');
      const { changed, ports: listed } = JSON.parse(again.out);
      expect([changed, listed.length]).toEqual([false, 200]);
      expect(listed[7]).toMatchObject({ changed: false, name: 'g7.0', vlan: 7 });
    }));

  it('takes YAML from a file', () =>
    inFolder((folder) =>
      withPorts(new FakePorts([]), async (socket, fake) => {
        const file = join(folder, 'ports.yaml');
        await writeFile(
          file,
          '# two\n- name: a.0\n  path: /a\n  flood_limit: 9\n- {name: b, path: /b}',
        );
        const words = ['switch', 'add', '--from', file, '--control-socket', socket];
        expect(await vmlane(words)).toMatchObject({ status: 0 });
        expect(fake.asked.slice(1).map(({ params }) => params)).toEqual([
          { name: 'a.0', path: '/a', listener: 'switch', flood_limit: 9 },
          { name: 'b', path: '/b', listener: 'switch' },
        ]);
      }),
    ));

  it('takes back what was added when one is refused', () => {
    const ports = new FakePorts([{ name: 'there', path: '/x' }]);
    return withPorts(ports, async (socket) => {
      const list = '[{name: a, path: /a}, {name: b, path: /b}, {name: there, path: /c}]';
      const { status, out, err } = await add(list, socket, '--json');
      expect([status, out]).toEqual([1, '']);
      expect(JSON.parse(err).error).toMatchObject({ thing: 'there', problem: 'taken' });
      expect(ports.names()).toEqual(['there']);
    });
  });

  it('takes back what was added when it is interrupted', () => {
    const ports = new FakePorts([]);
    const many = Array.from({ length: 300 }, (_, i) => ({ name: `p${i}`, path: `/${i}` }));
    return withPorts(ports, async (socket) => {
      const abort = new AbortController();
      const addPort = ports.addPort.bind(ports);
      ports.addPort = (request) => {
        abort.abort();
        return addPort(request);
      };
      const { status, err } = await vmlane(
        ['switch', 'add', '--from', '-', '--control-socket', socket],
        { input: JSON.stringify(many), interrupted: () => abort.signal },
      );
      expect(status).toBe(1);
      expect(err).toContain('port p256: interrupted before it was added; no port was added;');
      expect(ports.names()).toEqual([]);
    });
  });

  it.each([
    ['', 'standard input: is no list of ports; write one as [{name: web1.0, path: /run/vmlane'],
    ['a: 1', 'standard input: is no list of ports'],
    ['[1]', 'standard input: port 1: is not an object; write'],
    ['[{name: a, path: /a}, {name: b}]', 'standard input: port 2: path is missing'],
    ['[{path: /b}]', 'standard input: port 1: name is missing'],
    ['[{name: a, path: /a, valn: 5}]', 'port 1: unknown key "valn"; did you mean vlan?'],
    [
      '[{name: a, path: /a, vlan: 4095}]',
      'port 1: vlan: "4095" is not a whole number from 0 to 4094',
    ],
    ['[{name: a, path: /a, vlan: [5]}]', 'port 1: vlan: '],
    ['[{name: a, path: /a}, {name: a, path: /b}]', 'two ports have the name a; give each a name'],
    ['[{name: a, path: /a}, {name: b, path: /a}]', 'two ports have the path /a; give each a path'],
    ['{"name": "a", "path": "/a"}\n{"name": ', 'standard input: '],
    ['- [', 'standard input: '],
  ])('%j is refused in one line, before the switch is asked', async (input, message) => {
    const { status, out, err } = await add(input, '/nonexistent/switch.sock');
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^vmlane: [^\n]*; [^\n]*\n$/);
    expect(err).toContain(message);
  });
});
