import { expect, it } from 'vitest';
import { domainXml, openDomain } from '../../../src/domain/index.js';
import { requestsOf } from '../../../src/guests/apply/requests.js';
import { parseSpec } from '../../../src/spec/index.js';

const NETWORKS = [{ name: 'lan', vlan: 20 }];

/** A guest whose NIC has this. */
const guest = (said: string) => {
  const spec = `{name: g, memory: 1GiB, boot: {kernel: /k}, interfaces: [{type: vhost-user${said}}]}`;
  return openDomain(domainXml(parseSpec(spec, 'g.yaml')));
};
/** The VLAN that the port of a running guest gets. */
const vlan = (said: string, before: string, networks: typeof NETWORKS | undefined = NETWORKS) =>
  requestsOf(guest(said), guest(before), () => true, { networks })[0]?.vlan;

it("a port comes into the VLAN of its NIC's network at once, and out of it", () => {
  expect(vlan(', network: lan', '')).toBe(20);
  expect(vlan(', network: lan', ', vlan: 7')).toBe(20);
  expect(vlan(', vlan: 7', ', network: lan')).toBe(7);
  expect(vlan('', ', network: lan')).toBe(0);
  expect(vlan('', '')).toBeUndefined();
});

it('a network that is gone is missed only by who wants it', () => {
  expect(() => vlan(', network: lan', '', [])).toThrow('domain g: a NIC of it is in network lan, ');
  expect(vlan(', vlan: 7', ', network: lan', [])).toBe(7);
  // Nobody has a port to be set.
  expect(requestsOf(guest(', network: lan'), undefined, () => false, { networks: [] })).toEqual([]);
});
