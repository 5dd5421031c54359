/** A concept, which `vmlane help NAME` and a page of the manual (vmlane-NAME, in section 7) explain. */
export interface Topic {
  name: string;
  summary: string;
  /** The text, as prose.ts has it. */
  text: () => Promise<string>;
}

/** All topics, in the order in which a newcomer reads them. None is called as a group of commands. */
export const topics: readonly Topic[] = [
  {
    name: 'ways',
    summary: 'Ways to bring a guest to the switch, and which is yours',
    text: async () => (await import('./ways.js')).text,
  },
  {
    name: 'ports',
    summary: 'What a port is, its names, its states, and who makes it',
    text: async () => (await import('./ports.js')).text,
  },
  {
    name: 'networks',
    summary: 'How guests on the switch reach this host and what is behind it',
    text: async () => (await import('./networks.js')).text,
  },
  {
    name: 'vlans',
    summary: 'VLANs of ports: access, trunk, native, transparent, a tag per guest',
    text: async () => (await import('./vlans.js')).text,
  },
  {
    name: 'relays',
    summary: 'A device and a guest that are joined without a look-up',
    text: async () => (await import('./relays.js')).text,
  },
  {
    name: 'memory',
    summary: 'Shared memory of guests, and huge pages',
    text: async () => (await import('./memory.js')).text,
  },
  {
    name: 'security',
    summary: 'Who may do what, and what a guest cannot do',
    text: async () => (await import('./security.js')).text,
  },
  {
    name: 'troubleshooting',
    summary: 'When a guest has no network: doctor, check, trace, capture, log',
    text: async () => (await import('./troubleshooting.js')).text,
  },
];
