import { describe, expect, test } from 'vitest';
import { openDomain } from '../../src/domain/index.js';
import { openGuest, ownPorts, wantedPorts } from '../../src/guests/ports.js';
import { bridged, domainXml, vhostUser } from '../hook/xml.js';

const RUN = ['/run/vmlane'];
const wanted = (xml: string, folders: string[]) => wantedPorts(openDomain(xml), folders);
const OWN = { mac: '52:54:00:00:00:0a', other_macs: 0 };
const WRAPPED = { emulator: '/opt/vmlane/wrapper/qemu-wrap' };

describe('ports that a start wants', () => {
  test('are those of NICs in the folders; others count for the names', () => {
    const nics = [
      vhostUser('/run/openvswitch/a'),
      vhostUser('/run/vmlane/guests/web.sock'),
      bridged('net2'),
      vhostUser('/run/vmlane/deeper/down.sock', 'client'),
    ];
    const ports = '<vmlane:port path="/run/vmlane/guests/web.sock" vlan="7"/>';
    expect(wanted(domainXml('web', nics, { ports }), RUN)).toEqual([
      { name: 'web.1', path: '/run/vmlane/guests/web.sock', listener: 'qemu', vlan: 7, ...OWN },
      { name: 'web.2', path: '/run/vmlane/deeper/down.sock', listener: 'switch', ...OWN },
    ]);
  });

  test.each([
    ['/run/vmlane/a', ['/run/vmlane'], true],
    ['/var/run/vmlane/a', ['/run/vmlane'], true],
    ['/run/vmlane/a', ['/var/run/vmlane'], true],
    ['/run/vmlane/../other/a', ['/run/vmlane'], false],
    ['/run//vmlane/./a', ['/run/vmlane'], true],
    ['/run/vmlane2/a', ['/run/vmlane'], false],
    ['/run/vmlane', ['/run/vmlane'], false],
    ['/var/runner/a', ['/run'], false],
    ['/srv/a', ['/run/vmlane', '/srv'], true],
    ['/anywhere/a', ['/'], true],
  ])('%s in %j: %j', (path, folders, ours) => {
    expect(wanted(domainXml('web', [vhostUser(path)]), folders)).toHaveLength(ours ? 1 : 0);
  });

  test('two NICs on one socket are refused, but not on a socket of others', () => {
    const twice = (path: string) => domainXml('web', [vhostUser(path), vhostUser(path)]);
    expect(() => wanted(twice('/run/vmlane/a'), RUN)).toThrow(
      'web: two of its interfaces use the socket /run/vmlane/a; give each',
    );
    expect(wanted(twice('/run/openvswitch/a'), RUN)).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['no XML', 'type=vhostuser'],
    ['not a domain', '<network/>'],
    ['half of one', domainXml('web', [bridged('net0')]).slice(0, 200)],
    ['a document type', `<!DOCTYPE domain>${domainXml('web')}`],
    ['an unknown entity', '<domain><name>&web;</name></domain>'],
    ['no name', '<domain><devices/></domain>'],
    ['the NIC as text', domainXml('web', ["<a>&lt;interface type='vhostuser'></a>"])],
  ])('XML that cannot be read and shows no such NIC stops nobody: %s', (_what, xml) => {
    const domain = openGuest(xml);
    expect(domain ? wantedPorts(domain, RUN) : []).toEqual([]);
    expect(domain ? ownPorts([domain], RUN).none : true).toBe(true);
  });

  test.each([
    ['a document type', `<!DOCTYPE domain>${domainXml('web', [vhostUser('/run/vmlane/a')])}`],
    ['half of one', domainXml('web', [vhostUser('/run/vmlane/a')]).slice(0, -20)],
    ['no mode', domainXml('web', ["<interface type='vhostuser'><source path='/a'/></interface>"])],
  ])('with such a NIC it is refused: %s', (_what, xml) => {
    expect(() => wanted(xml, RUN)).toThrow(/^domain XML: /);
  });
});

describe('ports that go with a guest', () => {
  const goes = (xml: string, name: string, path: string) =>
    ownPorts([openDomain(xml)], RUN).has({ name, path });

  test.each([
    ['web.0', '/run/vmlane/a', true],
    ['web.12', '/run/vmlane/a', true],
    ['mine', '/run/vmlane/a', false],
    ['web.01', '/run/vmlane/a', false],
    ['web.x', '/run/vmlane/a', false],
    ['web.0', '/run/vmlane/b', false],
    ['web2.0', '/run/vmlane/a', false],
    ['web.hostnet0', '/run/vmlane/guests/web.hostnet0.sock', false],
  ])('%s at %s: %j', (name, path, ours) => {
    expect(goes(domainXml('web', [vhostUser('/run/vmlane/a')]), name, path)).toBe(ours);
  });

  test('a name that the switch would not take has a port of another name', () => {
    const xml = domainXml('büro 1/2', [vhostUser('/run/vmlane/a')]);
    const [port] = wanted(xml, RUN);
    expect(port?.name).toMatch(/^b-ro-1-2-[0-9a-f]{8}\.0$/);
    expect(goes(xml, port?.name ?? '', '/run/vmlane/a')).toBe(true);
    expect(goes(xml, 'b-ro-1-2.0', '/run/vmlane/a')).toBe(false);
  });

  test.each([
    ['web.hostnet0', '/srv/sockets/web.hostnet0.sock', true],
    ['web.hostua-lan', '/run/vmlane/guests/web.hostua-lan.sock', true],
    ['web.hostnet1', '/run/vmlane/guests/web.hostnet1.sock', false],
    ['web.hostnet0', '/run/vmlane/guests/other.sock', false],
    ['web.0', '/run/vmlane/guests/web.0.sock', false],
  ])('of one that qemu-wrap ran: %s at %s: %j', (name, path, ours) => {
    const xml = domainXml('web', [bridged('net0'), bridged('ua-lan')], WRAPPED);
    expect(goes(xml, name, path)).toBe(ours);
  });

  test.each([
    ['6c1b6a1e-6c2c-4cb2-9f0e-2d1b5ce01234', true],
    ['f6cd1f5e-d2e9-498e-abdc-c3a918ac1cd3', false],
  ])('in the folder of the guest with UUID %s: %j', (uuid, ours) => {
    const id = '<uuid>6c1b6a1e-6c2c-4cb2-9f0e-2d1b5ce01234</uuid>';
    const xml = domainXml('web', [bridged('net0')], WRAPPED).replace('<name>', `${id}<name>`);
    expect(goes(xml, 'web.hostnet0', `/srv/libvirt-${uuid}/hostnet0.sock`)).toBe(ours);
    // As older versions started it.
    expect(goes(xml, 'web.hostnet0', '/srv/web/hostnet0.sock')).toBe(true);
    expect(goes(xml, 'web.hostnet0', '/srv/web.hostnet0.sock')).toBe(true);
  });

  test('there are none of a guest that is nothing to us', () => {
    const none = (xml: string) => ownPorts([openDomain(xml)], RUN).none;
    expect(none(domainXml('web', [bridged('net0')]))).toBe(true);
    expect(none(domainXml('web', [vhostUser('/run/openvswitch/a')]))).toBe(true);
    expect(none(domainXml('web', [], WRAPPED))).toBe(true);
  });
});
