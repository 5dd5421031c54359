import { LIMITS } from '../../../contract/bounds.js';

/** What the manual says of `vmlane switch capture`. */
export const manual = `
Shows frames as they pass the switch: as lines, as tcpdump prints them, with port, direction and, if the switch drops the
frame, the reason; or, with --write, as pcapng.

  vmlane switch capture web1.0
  vmlane switch capture web1.0 'tcp port 80' -w web1.pcapng
  vmlane switch capture web1.0 -w - | wireshark -k -i -

It goes on until Ctrl-C, --packets or --seconds. Then it says how many frames there were, and how many are missing because they came
faster than they could be read: forwarding never waits for a capture.

WORDS

Words that are names of ports are ports; another one is the filter. All ports are captured if none is named. Where a filter looks
like a port's name, or a port is not there yet, say --port and --filter.

FILTERS

Those of tcpdump, which has to be installed for them and for lines. The switch runs the compiled filter itself, so frames that do not
fit cost next to nothing. A frame is seen as its port has it: without the tag of an access port's VLAN.

FILES

A file that is there is not overwritten, unless with --force. With --file-size the capture ends when the file has that
size; with --files it goes on in a next one, and the oldest of them is written anew. Each port is an interface of the file, and dropped frames have the reason as a comment.

RIGHTS

Captures see what guests say, so they take the right to administer the switch: root, or a member of its
--admin-group. Up to ${LIMITS.captures} run at once. Files are made with the rights of who captures.
`;
