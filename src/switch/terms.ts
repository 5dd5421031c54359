/** The command for each method of the protocol, for messages to users. */
const COMMANDS: Readonly<Record<string, string>> = {
  'port.list': 'vmlane switch ports',
  'port.add': 'vmlane switch add',
  'port.remove': 'vmlane switch remove',
  'port.set': 'vmlane switch set',
  'capture.start': 'vmlane switch capture',
  'events.watch': 'vmlane switch watch',
  'fdb.list': 'vmlane switch fdb',
  'pairs.get': 'vmlane switch top --pairs',
  'stats.get': 'vmlane switch stats',
  'switch.info': 'vmlane switch info',
  'switch.set': 'vmlane switch set',
  'trace.frame': 'vmlane switch trace',
};

/** The text with commands in place of methods: `see port.list` as `see 'vmlane switch ports'`. */
export function inCommands(text: string): string {
  return text.replace(/\b[a-z]+\.[a-z]+\b/g, (method) => {
    const command = COMMANDS[method];
    return command === undefined ? method : `'${command}'`;
  });
}
