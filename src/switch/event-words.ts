import type { WatchedEvent } from './watch.js';

/** What an event says beside its name, time and port: `mac 02:00:00:00:00:01 vlan 7`. */
export function eventDetails({ time: _, event: __, ...rest }: WatchedEvent): string {
  const { port: ___, ...details } = rest as Record<string, string | number>;
  return Object.entries(details)
    .map(([key, value]) => `${key} ${value}`)
    .join(' ');
}
